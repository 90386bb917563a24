import ModelFiles

/// The file formats in which a model can be exported.
package enum ExportFormat: String, Sendable, CaseIterable {
    /// Keras 3's `.keras`.
    case keras
    case onnx
    /// The weights alone, under Keras' names.
    case safetensors

    /// Whether the format holds operations, and so can hold preprocessing, rather than weights alone.
    package var holdsOperations: Bool { self != .safetensors }

    /// Writes `network` durably, array by array and without copying its weights.
    package func write(_ network: SequentialNetwork, to path: String) throws {
        switch self {
        case .keras: try KerasModelFile.write(network, to: path)
        case .onnx: try ONNXModelFile.write(network, to: path)
        case .safetensors:
            try SafetensorsWriter.write(tensors: network.tensors, metadata: network.metadata, to: path)
        }
    }
}
