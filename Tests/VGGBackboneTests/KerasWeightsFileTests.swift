import ContentAddressing
import Files
import Foundation
import Glibc
import TestSupport
import Testing

@testable import VGGBackbone

@Suite struct KerasWeightsFileTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("weights.h5")
    }

    /// Where the fixture puts a layer's tensors.
    private enum Layout: CaseIterable {
        case legacy, legacyVariableTexts, legacyModel, legacyNested, keras3, keras3Nested, keras3Unnamed
    }

    /// Writes a network in which tensor t (counted over kernels and biases) is filled with t + 0.5.
    ///
    /// - Parameter tensor: changes or leaves out (`nil`) a tensor, by its Keras 3 name.
    private func write(
        _ layout: Layout, _ architecture: VGGArchitecture = .vgg16,
        tensor change: (String, HDF5Fixture, String) -> Bool = { _, _, _ in false }
    ) {
        let file = HDF5Fixture(path)
        let names = architecture.layers.map(\.name)
        var number = 0
        for (index, layer) in architecture.layers.enumerated() {
            for (part, name, shape) in [
                (0, layer.kernelName, layer.kernelShape), (1, layer.biasName, layer.biasShape),
            ] {
                let numbered = index == 0 ? "conv2d" : "conv2d_\(index)"
                let place =
                    switch layout {
                    case .legacy, .legacyVariableTexts:
                        "\(layer.name)/\(layer.name)_\("Wb".dropFirst(part).first!)_1:0"
                    case .legacyModel: "model_weights/\(layer.name)/\(name):0"
                    case .legacyNested: "model_weights/vgg/\(name)"
                    case .keras3, .keras3Unnamed: "layers/\(numbered)/vars/\(part)"
                    case .keras3Nested: "layers/functional/layers/\(numbered)/vars/\(part)"
                    }
                if !change(name, file, place) {
                    file.dataset(place, shape: shape, filledWith: Float(number) + 0.5)
                }
                number += 1
            }
        }
        switch layout {
        case .legacy, .legacyVariableTexts:
            let variable = layout == .legacyVariableTexts
            file.group("input_1")
            file.texts([], attribute: "weight_names", of: "input_1")
            for name in names {
                let tensors = [name + "_W_1:0", name + "_b_1:0"]
                file.group(name)
                file.texts(tensors, attribute: "weight_names", of: name, variable: variable)
            }
            file.texts(["input_1"] + names, attribute: "layer_names", of: "", variable: variable)
        case .legacyModel:
            for name in names {
                let tensors = [name + "/kernel:0", name + "/bias:0"]
                file.group("model_weights/" + name)
                file.texts(tensors, attribute: "weight_names", of: "model_weights/" + name)
            }
            file.texts(names, attribute: "layer_names", of: "model_weights")
        case .legacyNested:
            let tensors = names.flatMap { [$0 + "/kernel", $0 + "/bias"] }
            file.texts(tensors, attribute: "weight_names", of: "model_weights/vgg")
            file.texts(["vgg"], attribute: "layer_names", of: "model_weights")
        case .keras3, .keras3Nested:
            let prefix = layout == .keras3 ? "layers/" : "layers/functional/layers/"
            for (index, name) in names.enumerated() {
                let group = prefix + (index == 0 ? "conv2d" : "conv2d_\(index)") + "/vars"
                file.group(group)
                file.texts([name], attribute: "name", of: group, variable: true)
            }
        case .keras3Unnamed: break
        }
    }

    @Test(
        "every layout of Keras gives the same tensors", arguments: Layout.allCases, VGGArchitecture.allCases)
    private func layouts(layout: Layout, architecture: VGGArchitecture) throws {
        write(layout, architecture)
        let weights = try KerasWeightsFile.read(path)
        #expect(weights.architecture == architecture)
        for (index, (kernel, bias)) in zip(weights.kernels, weights.biases).enumerated() {
            #expect(kernel.allSatisfy { $0 == Float(2 * index) + 0.5 })
            #expect(bias.allSatisfy { $0 == Float(2 * index) + 1.5 })
        }
    }

    @Test(
        "other widths, chunks and compression are read; whole numbers are refused",
        arguments: HDF5Fixture.Storage.allCases)
    func storage(storage: HDF5Fixture.Storage) throws {
        // Multiples of 1/64 in a half's range are exact in every width.
        let values = (0..<64).map { Float($0) / 64 - 0.5 }
        write(.legacy) { name, file, place in
            guard name == "block1_conv1/bias" else { return false }
            file.dataset(place, shape: [64], floats: values, storage: storage)
            return true
        }
        if storage == .int32 {
            #expect(throws: WeightsError.wrongType(path: path, tensor: "block1_conv1/bias")) {
                try KerasWeightsFile.read(path)
            }
        } else {
            expectSame(try KerasWeightsFile.read(path).biases[0], values)
        }
    }

    @Test("a tensor that is missing, misshapen or not finite is named", arguments: [Layout.legacy, .keras3])
    private func tensorFaults(layout: Layout) throws {
        let tensor = "block2_conv1/bias"
        func expectFault(_ expected: WeightsError, _ put: @escaping (HDF5Fixture, String) -> Void) {
            unlink(path)
            write(layout) { name, file, place in
                guard name == tensor else { return false }
                put(file, place)
                return true
            }
            #expect(throws: expected) { try KerasWeightsFile.read(path) }
            #expect(expected.description.contains(path) && expected.description.contains(tensor))
        }
        expectFault(.missingTensor(path: path, tensor: tensor)) { _, _ in }
        expectFault(.misshapen(path: path, tensor: tensor, shape: [64], expected: [128])) { file, place in
            file.dataset(place, shape: [64], filledWith: 0)
        }
        expectFault(.misshapen(path: path, tensor: tensor, shape: [1 << 40, 1 << 20], expected: [128])) {
            file, place in file.dataset(place, shape: [1 << 40, 1 << 20], filledWith: 0)
        }
        for value in [Float.nan, .infinity, -.infinity] {
            expectFault(.nonFinite(path: path, tensor: tensor)) { file, place in
                file.dataset(place, shape: [128], floats: Array(repeating: 0, count: 127) + [value])
            }
        }
        expectFault(.missingTensor(path: path, tensor: tensor)) { file, place in
            file.group(place.split(separator: "/").dropLast().joined(separator: "/"))
            file.link(place, to: "/x", inFile: "elsewhere.h5")
        }
        let elsewhere = try folder.write("elsewhere", Array(repeating: UInt8(0), count: 512))
        expectFault(.missingTensor(path: path, tensor: tensor)) { file, place in
            file.group(place.split(separator: "/").dropLast().joined(separator: "/"))
            file.externalDataset(place, shape: [128], inFile: elsewhere)
        }
    }

    @Test("a file of another network or without one is refused, with the names of its layers")
    func otherNetworks() throws {
        let file = HDF5Fixture(path)
        file.group("dense_1")
        file.texts(["dense_1", "dense_2"], attribute: "layer_names", of: "")
        #expect(throws: WeightsError.noVGG(path: path, layers: ["dense_1", "dense_2"])) {
            try KerasWeightsFile.read(path)
        }
    }

    @Test("a layer that is missing altogether is named by its kernel")
    func missingLayer() throws {
        let file = HDF5Fixture(path)
        file.dataset("block1_conv1/kernel", shape: [3, 3, 3, 64], filledWith: 1)
        file.dataset("block1_conv1/bias", shape: [64], filledWith: 1)
        file.texts(["kernel", "bias"], attribute: "weight_names", of: "block1_conv1")
        file.texts(["block1_conv1", "block4_conv4"], attribute: "layer_names", of: "")
        #expect(throws: WeightsError.missingTensor(path: path, tensor: "block1_conv2/kernel")) {
            try KerasWeightsFile.read(path)
        }
    }

    @Test("groups that contain themselves don't trap the reader")
    func circles() throws {
        let file = HDF5Fixture(path)
        file.group("layers/a")
        file.hardLink("layers/a/again", to: "layers")
        file.hardLink("layers/once-more", to: "layers")
        #expect(throws: WeightsError.noVGG(path: path, layers: [])) { try KerasWeightsFile.read(path) }
    }

    @Test("a text file, an empty one and a missing one each have their error")
    func notHDF5() throws {
        try folder.write("weights.h5", "not weights at all".utf8)
        #expect(throws: WeightsError.unknownFormat(path: path)) { try KerasWeightsFile.read(path) }
        try folder.write("weights.h5", [])
        #expect(throws: WeightsError.unknownFormat(path: path)) { try KerasWeightsFile.read(path) }
        let missing = folder.path("none.h5")
        #expect(throws: WeightsError.fileSystem(FileSystemError(.open, path: missing, code: ENOENT))) {
            try KerasWeightsFile.read(missing)
        }
    }
}

/// Files that Keras wrote, beside those that the fixture lays out.
struct KerasWrittenFilesTests {
    private struct Reference: Decodable {
        let architecture: String
        let digest: String

        enum CodingKeys: String, CodingKey {
            case architecture
            case digest = "sha256_le_float32"
        }
    }

    private static let files = [
        "vgg16.model.h5", "vgg16.weights.h5", "vgg19.model.h5", "vgg19.weights.h5",
    ]

    @Test("a file that Keras saved is read with every tensor in its place", arguments: files)
    func reads(file: String) throws {
        let index = try JSONDecoder().decode(
            [String: Reference].self, from: ReferenceFolder.own.data("weights/index.json"))
        #expect(index.keys.sorted() == Self.files)
        let reference = try #require(index[file])
        let weights = try KerasWeightsFile.read(ReferenceFolder.own.path("weights/" + file))
        #expect(weights.architecture.rawValue == reference.architecture)
        var hasher = ContentHasher()
        for (kernel, bias) in zip(weights.kernels, weights.biases) {
            hasher.update(floats: kernel)
            hasher.update(floats: bias)
        }
        #expect(hasher.finalize().hex == reference.digest)
    }

    @Test("the flat form keeps every bit and is the same every time", arguments: files)
    func conversion(file: String) throws {
        let folder = try TemporaryFolder()
        let source = ReferenceFolder.own.path("weights/" + file)
        for name in ["one", "two"] { try WeightsConverter.convert(from: source, to: folder.path(name)) }
        let (weights, flat) = (
            try KerasWeightsFile.read(source), try BackboneWeights(safetensorsPath: folder.path("one"))
        )
        expectSame(flat.kernels.flatMap { $0 }, weights.kernels.flatMap { $0 })
        expectSame(flat.biases.flatMap { $0 }, weights.biases.flatMap { $0 })
        #expect(flat.digest == weights.digest)
        #expect(
            try ContentDigest.hashing(file: folder.path("one")).digest
                == ContentDigest.hashing(file: folder.path("two")).digest)
    }

    @Test("a file that is cut anywhere is an error", arguments: files, [9, 100, 2_048, 100_000, -1])
    func truncation(file: String, length: Int) throws {
        let folder = try TemporaryFolder()
        let whole = try ReferenceFolder.own.data("weights/" + file)
        let cut = try folder.write("cut.h5", whole.prefix(length < 0 ? whole.count + length : length))
        let error = #expect(throws: WeightsError.self) { try KerasWeightsFile.read(cut) }
        #expect(error == .damaged(path: cut, part: "its structure"))
    }

    @Test(
        "the tensors of ImageNet's VGG19 are those that h5py reads",
        .enabled(if: SharedFolder.isPresent, "../shared is absent"))
    func imageNet() throws {
        let weights = try KerasWeightsFile.read(
            SharedFolder.path("data/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"))
        #expect(weights.architecture == .vgg19)
        // From h5py: SHA-256 over "vgg19" with its length and all tensors in order.
        #expect(weights.digest.hex == "da38dd8ae9f987458c2e7eba1b4d88edfe5916bb4579ae117fdda26a4cfffcd5")
    }
}
