import ContentAddressing
import Files
import Foundation
import Glibc
import ModelFiles
import Synchronization
import TestSupport
import Testing

@testable import VGGBackbone

@Suite struct WeightsSourceTests {
    @Test("imagenet, random:SEED and paths are told apart, and come back as text")
    func parsing() throws {
        let cases: [(String, WeightsSource)] = [
            ("imagenet", .imagenet), ("random:7", .random(7)), ("random:18446744073709551615", .random(.max)),
            ("./imagenet", .file("./imagenet")), ("weights.h5", .file("weights.h5")),
            ("randomly", .file("randomly")),
        ]
        for (text, source) in cases {
            #expect(try WeightsSource(parsing: text) == source)
            #expect(source.description == text)
        }
        for text in ["random:", "random:-1", "random:x", "random:18446744073709551616", ""] {
            #expect(throws: WeightsError.invalidSource(text)) { try WeightsSource(parsing: text) }
        }
    }
}

@Suite struct WeightsResolverTests {
    let folder: TemporaryFolder
    let conversions = Conversions()

    /// Counts the conversions that a resolver asked for.
    final class Conversions: Sendable {
        let count = Mutex(0)
    }

    init() throws { folder = try TemporaryFolder() }

    private func resolver(
        _ convert: @escaping WeightsResolver.Conversion = { try WeightsConverter.convert(from: $0, to: $1) }
    ) -> WeightsResolver {
        WeightsResolver(kerasFolder: folder.path("keras"), cacheFolder: folder.path("cache")) {
            [conversions] in
            conversions.count.withLock { $0 += 1 }
            try convert($0, $1)
        }
    }

    /// A whole VGG in a small file: its tensors are filled in when they are read.
    private func writeHDF5(_ relative: String, _ architecture: VGGArchitecture, value: Float = 0.25) throws
        -> String
    {
        let path = try folder.write(relative, [])
        let file = HDF5Fixture(path)
        for layer in architecture.layers {
            file.dataset("\(layer.name)/kernel", shape: layer.kernelShape, filledWith: value)
            file.dataset("\(layer.name)/bias", shape: layer.biasShape, filledWith: value)
            file.texts(["kernel", "bias"], attribute: "weight_names", of: layer.name)
        }
        file.texts(architecture.layers.map(\.name), attribute: "layer_names", of: "")
        return path
    }

    private func flatPath(_ resolved: ResolvedWeights) throws -> String {
        guard case .file(let path, _) = resolved else { throw WeightsError.invalidSource("seeded") }
        return path
    }

    @Test("random weights need no file")
    func random() throws {
        guard case .seeded(7) = try resolver().resolve(.random(7), architecture: .vgg16) else {
            Issue.record("not seeded")
            return
        }
    }

    @Test("HDF5 is converted once, and found again by its content whatever its name")
    func conversion() throws {
        let source = try writeHDF5("one.h5", .vgg16)
        let first = try flatPath(resolver().resolve(.file(source), architecture: .vgg16))
        let digest = try ContentDigest.hashing(file: source).digest
        #expect(first == folder.path("cache/weights/\(digest.hex).safetensors"))
        let moved = folder.path("two.h5")
        rename(source, moved)
        #expect(try flatPath(resolver().resolve(.file(moved), architecture: .vgg16)) == first)
        #expect(conversions.count.withLock { $0 } == 1)
    }

    @Test("a damaged conversion is noticed and made anew")
    func damagedConversion() throws {
        let source = try writeHDF5("one.h5", .vgg16)
        let flat = try flatPath(resolver().resolve(.file(source), architecture: .vgg16))
        let file = try OwnedFile(flat, .updating)
        let one: [UInt8] = [1]
        try one.withUnsafeBytes { try file.write($0, at: 40_000_000) }
        #expect(throws: WeightsError.wrongDigest(path: flat)) { try BackboneWeights(safetensorsPath: flat) }
        _ = try resolver().resolve(.file(source), architecture: .vgg16)
        #expect(conversions.count.withLock { $0 } == 2)
        #expect(try BackboneWeights(safetensorsPath: flat).kernels[0][0] == 0.25)
    }

    @Test("a flat file is taken as it is")
    func flatFile() throws {
        let path = folder.path("flat.safetensors")
        try WeightsConverter.convert(from: writeHDF5("one.h5", .vgg19), to: path)
        #expect(try flatPath(resolver { _, _ in }.resolve(.file(path), architecture: .vgg19)) == path)
        #expect(conversions.count.withLock { $0 } == 0)
        #expect(throws: WeightsError.otherNetwork(path: path, found: .vgg19, expected: .vgg16)) {
            try resolver().resolve(.file(path), architecture: .vgg16)
        }
    }

    @Test("without the ImageNet file the error names where it was looked for and how to get it")
    func notFetched() throws {
        let error = #expect(throws: WeightsError.self) {
            try resolver().resolve(.imagenet, architecture: .vgg16)
        }
        let description = error?.description ?? ""
        #expect(description.contains("headstart weights fetch"))
        #expect(description.contains(folder.path("keras/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5")))
        #expect(
            description.contains(
                folder.path("cache/weights/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5")))
    }

    @Test("of VGG16 only the published file counts as ImageNet's; of VGG19 any whole one in Keras' folder")
    func imagenet() throws {
        let name = "_weights_tf_dim_ordering_tf_kernels_notop.h5"
        let path = try writeHDF5("keras/vgg16" + name, .vgg16)
        #expect(throws: WeightsError.notOfficial(path: path)) {
            try resolver().resolve(.imagenet, architecture: .vgg16)
        }
        _ = try writeHDF5("keras/vgg19" + name, .vgg19)
        guard case .file(_, let weights) = try resolver().resolve(.imagenet, architecture: .vgg19) else {
            Issue.record("no file")
            return
        }
        #expect(weights.architecture == .vgg19)
        #expect(resolver().downloadPath(of: .vgg16) == folder.path("cache/weights/vgg16" + name))
    }

    @Test(
        "a conversion that fails is an error that names the file; a missing file is one before any conversion"
    )
    func failures() throws {
        struct Crash: Error, CustomStringConvertible { let description = "the converter ended by signal 11" }
        let source = try writeHDF5("one.h5", .vgg16)
        let expected = WeightsError.conversionFailed(path: source, reason: "the converter ended by signal 11")
        #expect(throws: expected) {
            try resolver { _, _ in throw Crash() }.resolve(.file(source), architecture: .vgg16)
        }
        let missing = folder.path("none.h5")
        #expect(throws: WeightsError.fileSystem(FileSystemError(.open, path: missing, code: ENOENT))) {
            try resolver().resolve(.file(missing), architecture: .vgg16)
        }
        #expect(conversions.count.withLock { $0 } == 1)
    }

    @Test("each fault of a flat file names the tensor")
    func flatFaults() throws {
        let path = folder.path("flat.safetensors")
        func expectFault(
            _ expected: WeightsError,
            _ change: (inout [(name: String, shape: [Int], floats: [Float])]) -> Void
        ) throws {
            var tensors: [(name: String, shape: [Int], floats: [Float])] = [
                ("block1_conv1/kernel", [3, 3, 3, 64], Array(repeating: 0, count: 1728)),
                ("block1_conv1/bias", [64], Array(repeating: 0, count: 64)),
            ]
            change(&tensors)
            try SafetensorsWriter.write(tensors: tensors, metadata: [:], to: path)
            #expect(throws: expected) { try BackboneWeights(safetensorsPath: path) }
        }
        try expectFault(.missingTensor(path: path, tensor: "block1_conv2/kernel")) { _ in }
        try expectFault(.missingTensor(path: path, tensor: "block1_conv1/bias")) { $0.removeLast() }
        try expectFault(.nonFinite(path: path, tensor: "block1_conv1/bias")) { $0[1].floats[63] = .infinity }
        try expectFault(
            .misshapen(path: path, tensor: "block1_conv1/bias", shape: [8, 8], expected: [64])
        ) { $0[1].shape = [8, 8] }
        try expectFault(.noVGG(path: path, layers: ["hidden"])) { $0 = [("hidden/kernel", [1], [1])] }
        let cut = try folder.write("cut.safetensors", Data(contentsOf: URL(filePath: path)).dropLast())
        #expect(throws: WeightsError.self) { try BackboneWeights(safetensorsPath: cut) }
    }
}
