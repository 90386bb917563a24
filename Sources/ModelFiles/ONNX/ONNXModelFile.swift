import Files
import SwiftProtobuf

package enum ONNXError: Error, Equatable, CustomStringConvertible {
    case tooLarge(path: String, byteCount: Int)
    case fileSystem(FileSystemError)

    package var description: String {
        switch self {
        case .tooLarge(let path, let byteCount):
            "\(path) would have \(byteCount) bytes, and an ONNX file has \(ONNXModelFile.byteLimit) at most; "
                + "export to keras or safetensors"
        case .fileSystem(let error): error.description
        }
    }
}

/// Writes networks as ONNX models, one weight array after the other.
///
/// A protobuf message is a sequence of fields, and a nested message is its length followed by its own
/// sequence. The library therefore encodes everything except the weights, which follow as the graph's last
/// fields, each after a length that is known in advance. The weights are never held as one message. Source:
/// https://protobuf.dev/programming-guides/encoding.
package enum ONNXModelFile {
    /// Protobuf's limit for a message: 2 GiB.
    static let byteLimit = Int(Int32.max)
    /// ONNX 1.16 (2024), which ONNX Runtime 1.18 and all later versions read.
    private static let operatorSet: Int64 = 21
    private static let intermediateRepresentation: Int64 = 10

    /// The numbers in `onnx.proto` of fields that are encoded by hand.
    private enum Field {
        static let modelGraph = 7
        static let graphInitializer = 5
        static let tensorBytes = 9
    }

    /// Writes `network` durably, replacing an existing file. The same network gives the same bytes.
    ///
    /// The input is channels last with any batch size; the result is "probabilities", of shape (batch,
    /// outputs).
    package static func write(_ network: SequentialNetwork, to path: String) throws(ONNXError) {
        let graph = ONNXGraph(network)
        let start = encoded(description(of: graph, network))
        let initializers = graph.initializers.map { ($0, opening(of: $0)) }
        let graphByteCount = initializers.reduce(start.count) { sum, initializer in
            sum + initializer.1.count + byteCount(of: initializer.0)
        }
        let model = encoded(envelope(of: network)) + lengthDelimited(Field.modelGraph, graphByteCount)
        guard model.count + graphByteCount <= byteLimit else {
            throw .tooLarge(path: path, byteCount: model.count + graphByteCount)
        }
        do throws(FileSystemError) {
            try DurableFile.write(path, for: .shared) {
                (content: inout DurableFile.Content) throws(FileSystemError) in
                try content.append(model + start)
                for (initializer, opening) in initializers {
                    try content.append(opening)
                    try content.append(floats: initializer.floats())
                }
            }
        } catch {
            throw .fileSystem(error)
        }
    }

    private static func envelope(of network: SequentialNetwork) -> ONNXModelProto {
        .with {
            $0.irVersion = intermediateRepresentation
            $0.opsetImport = [.with { $0.version = operatorSet }]
            $0.producerName = SequentialNetwork.name
            $0.metadataProps = network.metadata.sorted { $0.key < $1.key }.map { key, value in
                .with {
                    $0.key = key
                    $0.value = value
                }
            }
        }
    }

    private static func description(of graph: ONNXGraph, _ network: SequentialNetwork) -> ONNXGraphProto {
        .with {
            $0.name = SequentialNetwork.name
            $0.node = graph.nodes
            $0.input = [value(network.inputName, shape: network.inputShape)]
            $0.output = [value(ONNXGraph.outputName, shape: [network.outputCount])]
        }
    }

    /// Float32 values with any batch size.
    private static func value(_ name: String, shape: [Int]) -> ONNXValueInfoProto {
        .with {
            $0.name = name
            $0.type.tensorType.elemType = Int32(ONNXTensorProto.DataType.float.rawValue)
            $0.type.tensorType.shape.dim =
                [.with { $0.dimParam = "batch" }]
                + shape.map { size in .with { $0.dimValue = Int64(size) } }
        }
    }

    private static func byteCount(of initializer: ONNXGraph.Initializer) -> Int {
        initializer.shape.reduce(MemoryLayout<Float>.size, *)
    }

    /// The encoding of an initializer up to its floats.
    private static func opening(of initializer: ONNXGraph.Initializer) -> [UInt8] {
        let tensor = ONNXTensorProto.with {
            $0.name = initializer.name
            $0.dims = initializer.shape.map(Int64.init)
            $0.dataType = Int32(ONNXTensorProto.DataType.float.rawValue)
        }
        let floats = byteCount(of: initializer)
        let inner = encoded(tensor) + lengthDelimited(Field.tensorBytes, floats)
        return lengthDelimited(Field.graphInitializer, inner.count + floats) + inner
    }

    /// The prefix of a length-delimited field: its number and its byte count.
    private static func lengthDelimited(_ field: Int, _ byteCount: Int) -> [UInt8] {
        variableLength(field << 3 | 2) + variableLength(byteCount)
    }

    /// Seven bits per byte, the lowest first; the eighth bit says that more bytes follow.
    private static func variableLength(_ value: Int) -> [UInt8] {
        var rest = UInt(value)
        var bytes: [UInt8] = []
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func encoded(_ message: some SwiftProtobuf.Message) -> [UInt8] {
        do { return try message.serializedBytes() } catch {
            preconditionFailure(
                "only required fields and messages over 2 GB fail, and there are none: \(error)")
        }
    }
}
