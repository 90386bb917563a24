import ClassifierHead
import ClusterRuntime
import ContentAddressing
import ExactArithmetic
import Foundation
import ModelFiles
import VGGBackbone

/// Parsers of models, weights and arrays.
enum ModelParsers {
    static let all: [FuzzParser] = [
        FuzzParser(
            name: "model", seeds: { [try model] }, repair: { repairHeader($0) },
            parse: { bytes, scratch in
                let model = try TrainedModel.load(run: scratch.file(bytes))
                _ = try? model.recordedWeights(run: scratch.folder)
                let features = SparseFeatures([Float](repeating: 0, count: VGGArchitecture.featureCount))
                _ = model.head.probabilities(
                    of: [features], threads: 1, kernels: try .selected(override: nil))
            }),
        FuzzParser(
            name: "weights", seeds: { [try flatWeights] }, repair: { repairHeader($0) },
            parse: {
                bytes, scratch in
                _ = try BackboneWeights(safetensorsPath: scratch.file(bytes))
            }),
        FuzzParser(
            name: "keras-weights", seeds: { [try kerasWeights] }, isIsolated: true,
            parse: { bytes, scratch in
                _ = try KerasWeightsFile.read(scratch.file(bytes))
            }),
        FuzzParser(
            name: "numpy",
            seeds: {
                [
                    NumpyArray([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]).encoded,
                    NumpyArray([7, 8] as [UInt8], shape: [2]).encoded,
                ]
            },
            parse: { bytes, scratch in
                _ = try NumpyArray(path: scratch.file(bytes)).floats
            }),
        FuzzParser(
            name: "feature-store", seeds: { [try store] },
            parse: { bytes, scratch in
                let folder = scratch.folder + "/store"
                try? FileManager.default.removeItem(atPath: folder)
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                scratch.file(bytes, "store/data.mdb")
                let store = try FeatureStore(
                    directory: folder, capacityBytes: FeatureStore.minimumCapacityBytes)
                for key in keys { _ = store.value(for: key) }
                store.store([1, 2, 3], for: ContentDigest(hashing: [9]))
                guard store.note == nil else { throw SetAside() }
            }),
    ]

    /// The store was damaged and is created anew.
    private struct SetAside: Error {}

    private static var model: [UInt8] {
        get throws {
            let shape = HeadShape(featureCount: VGGArchitecture.featureCount, hiddenUnits: 1, classCount: 2)
            return try Scratch.bytes { path in
                try TrainedModel(
                    classes: ["ants", "bees"], head: .initial(shape: shape, seed: 3), architecture: .vgg16,
                    preprocessing: .caffe, honorsExifOrientation: false, weights: .random(7),
                    weightsDigest: ContentDigest(hashing: [1])
                ).write(to: path)
            }
        }
    }

    /// Two of VGG's tensors, smaller than real ones, with which an input would take a second.
    private static var flatWeights: [UInt8] {
        get throws {
            try Scratch.bytes { path in
                try SafetensorsWriter.write(
                    tensors: [
                        ("block1_conv1/kernel", [3, 3, 3, 64], [Float](repeating: 0.1, count: 1728)),
                        ("block1_conv1/bias", [64], [Float](repeating: 0, count: 64)),
                        ("block1_conv2/kernel", [3, 3, 2, 2], [Float](repeating: 0.1, count: 36)),
                    ], metadata: ["architecture": "vgg16"], to: path)
            }
        }
    }

    /// Keras' HDF5, as in the archive of a `.keras` file.
    private static var kerasWeights: [UInt8] {
        get throws {
            let convolution = SequentialNetwork.Weights(
                kernel: [Float](repeating: 0.1, count: 1728), kernelShape: [3, 3, 3, 64],
                bias: [Float](repeating: 0, count: 64))
            let dense = SequentialNetwork.Weights(kernel: [1, 2], kernelShape: [1, 2], bias: [0, 0])
            let network = SequentialNetwork(
                inputName: "picture", inputShape: [224, 224, 3],
                layers: [
                    .init("block1_conv1", .convolution(convolution)), .init("dense", .dense(dense, .softmax)),
                ], metadata: [:])
            let archive = try Scratch.bytes { try KerasModelFile.write(network, to: $0) }
            let signature = Array("\u{89}HDF\r\n\u{1a}\n".unicodeScalars).map { UInt8($0.value) }
            let start = archive.indices.first { archive[$0...].starts(with: signature) } ?? 0
            return Array(archive[start...])
        }
    }

    private static let keys = (0..<3).map { ContentDigest(hashing: [UInt8($0)]) }

    private static var store: [UInt8] {
        get throws {
            let scratch = try Scratch()
            let store = try FeatureStore(
                directory: scratch.folder, capacityBytes: FeatureStore.minimumCapacityBytes)
            for (place, key) in keys.enumerated() {
                store.store([UInt8](repeating: 7, count: 30 << (6 * place)), for: key)
            }
            return Array(try Data(contentsOf: URL(filePath: scratch.folder + "/data.mdb")))
        }
    }

    /// Corrects the length of a safetensors header.
    private static func repairHeader(_ bytes: [UInt8]) -> [UInt8] {
        Repair.lengthOfObject(in: bytes, at: 8, storedAt: 0)
    }
}

/// Corrects mutated inputs so that they pass the first checks.
enum Repair {
    /// Stores the length of the JSON object that begins at `start`.
    static func lengthOfObject(in bytes: [UInt8], at start: Int, storedAt place: Int) -> [UInt8] {
        guard bytes.count > start else { return bytes }
        var depth = 0
        var isText = false
        for position in start..<bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""): isText.toggle()
            case UInt8(ascii: "{") where !isText: depth += 1
            case UInt8(ascii: "}") where !isText: depth -= 1
            default: break
            }
            guard depth == 0 else { continue }
            var repaired = bytes
            let length = UInt64(position + 1 - start)
            repaired.replaceSubrange(
                place..<place + 8, with: withUnsafeBytes(of: length.littleEndian, Array.init))
            return repaired
        }
        return bytes
    }

    /// Replaces the last bytes by the SHA-256 of all bytes before.
    static func digestAtEnd(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= ContentDigest.byteCount else { return bytes }
        let content = bytes.dropLast(ContentDigest.byteCount)
        return content + ContentDigest(hashing: content).bytes
    }
}
