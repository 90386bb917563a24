import ModelFiles

/// The forms in which a model goes to other programs.
package enum ExportFormat: String, Sendable, CaseIterable {
    /// Keras 3's `.keras`.
    case keras
    case onnx
    /// The weights alone, under Keras' names.
    case safetensors

    /// Whether the form holds operations, and so can hold preprocessing, or weights alone.
    package var holdsOperations: Bool { self != .safetensors }

    /// Writes `network`, durably; its weights go to the disk from where they are, array by array.
    package func write(_ network: SequentialNetwork, to path: String) throws {
        switch self {
        case .keras: try KerasModelFile.write(network, to: path)
        case .onnx: try ONNXModelFile.write(network, to: path)
        case .safetensors:
            try SafetensorsWriter.write(tensors: network.tensors, metadata: network.metadata, to: path)
        }
    }
}
