import ContentAddressing
import Foundation
import SwiftProtobuf
import TestSupport
import Testing

@testable import ModelFiles

@Suite("An ONNX file")
struct ONNXModelFileTests {
    let folder: TemporaryFolder
    let model: ONNXModelProto

    init() throws {
        folder = try TemporaryFolder()
        try ONNXModelFile.write(SmallNetwork.network, to: folder.path("model.onnx"))
        model = try ONNXModelProto(
            serializedBytes: Data(contentsOf: URL(filePath: folder.path("model.onnx"))))
    }

    private func initializer(_ name: String) throws -> (shape: [Int64], floats: [Float]) {
        let tensor = try #require(model.graph.initializer.first { $0.name == name })
        #expect(tensor.dataType == 1)
        return (tensor.dims, tensor.rawData.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
    }

    @Test("it names its operator set and holds the metadata")
    func envelope() {
        #expect(model.opsetImport.map(\.version) == [21] && model.irVersion == 10)
        let metadata = model.metadataProps.map { ($0.key, $0.value) }
        #expect(Dictionary(metadata) { first, _ in first } == SmallNetwork.metadata)
    }

    @Test("it takes a batch of any size, channels last, and gives probabilities")
    func interface() throws {
        for (values, name, sizes) in [
            (model.graph.input, "picture", [4, 4, 3] as [Int64]), (model.graph.output, "probabilities", [3]),
        ] {
            let value = try #require(values.first)
            #expect(values.count == 1 && value.name == name && value.type.tensorType.elemType == 1)
            let dimensions = value.type.tensorType.shape.dim
            #expect(dimensions.first?.dimParam == "batch")
            #expect(dimensions.dropFirst().map(\.dimValue) == sizes)
        }
    }

    @Test("each operation takes what the one before it gives, and constants that are there")
    func chain() {
        let nodes = model.graph.node
        #expect(
            nodes.map(\.opType) == [
                "Mul", "Add", "Transpose", "Conv", "Relu", "MaxPool", "Transpose", "Flatten", "Gemm", "Relu",
                "Gemm", "Softmax",
            ])
        var value = "picture"
        for node in nodes {
            #expect(node.input.first == value)
            for constant in node.input.dropFirst() {
                #expect(model.graph.initializer.contains { $0.name == constant })
            }
            value = node.output.first ?? ""
        }
        #expect(value == "probabilities")
    }

    @Test("weights are the network's; a convolution's kernel is turned to ONNX' order")
    func weights() throws {
        let kernel = try initializer("block1_conv1/kernel")
        #expect(kernel.shape == [4, 3, 3, 3])
        // Place (output 1, input 2, row 0, column 1) holds the number of place (0, 1, 2, 1).
        #expect(kernel.floats[((1 * 3 + 2) * 3 + 0) * 3 + 1] == Float(((0 * 3 + 1) * 3 + 2) * 4 + 1))
        #expect(Set(kernel.floats) == Set(SmallNetwork.convolution.kernel))
        let hidden = try initializer("dense/kernel")
        #expect(hidden.shape == [16, 2])
        expectSame(hidden.floats, SmallNetwork.hidden.kernel)
        #expect(try initializer("dense_1/bias").floats == SmallNetwork.output.bias)
        #expect(try initializer("preprocessing/scale").floats == [0.5, 1, 2])
        #expect(try initializer("preprocessing/offset").floats == [1, 0, -1])
    }

    @Test("a rescaling that changes nothing is no operation")
    func identity() throws {
        let network = SequentialNetwork(
            inputName: "features", inputShape: [16],
            layers: [
                .init("preprocessing", .rescaling(scale: [1], offset: [0])),
                .init("dense", .dense(SmallNetwork.hidden, .softmax)),
            ], metadata: [:])
        #expect(ONNXGraph(network).nodes.map(\.opType) == ["Gemm", "Softmax"])
    }

    @Test("the same network gives the same bytes")
    func deterministic() throws {
        try ONNXModelFile.write(SmallNetwork.network, to: folder.path("again.onnx"))
        let digests = try ["model.onnx", "again.onnx"].map {
            try ContentDigest.hashing(file: folder.path($0)).digest
        }
        #expect(digests[0] == digests[1])
    }

    @Test("a network over protobuf's bound is refused before anything is written")
    func tooLarge() throws {
        // The memory is never touched, so that the system doesn't have to give it.
        let kernel = [Float](unsafeUninitializedCapacity: 1 << 29) { $1 = 1 << 29 }
        let weights = SequentialNetwork.Weights(
            kernel: kernel, kernelShape: [1 << 28, 2], bias: [0, 0])
        let network = SequentialNetwork(
            inputName: "features", inputShape: [1 << 28], layers: [.init("dense", .dense(weights, .softmax))],
            metadata: [:])
        let path = folder.path("large.onnx")
        let error = #expect(throws: ONNXError.self) { try ONNXModelFile.write(network, to: path) }
        #expect(error?.description.contains("export to keras or safetensors") == true)
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
