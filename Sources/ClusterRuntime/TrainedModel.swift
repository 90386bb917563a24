import ClassifierHead
import ContentAddressing
import Foundation
import Imaging
import ModelFiles
import VGGBackbone

package enum TrainedModelError: Error, CustomStringConvertible {
    case absent(path: String)
    case unfit(path: String, reason: String)
    case weightsUnknown(path: String, digest: ContentDigest)

    package var description: String {
        switch self {
        case .absent(let path):
            "\(path): no trained model is here; give the run folder that headstart train wrote with --out"
        case .unfit(let path, let reason):
            "\(path): not a model of HeadStart: \(reason); train it again, or take another file"
        case .weightsUnknown(let path, let digest):
            "\(path): its backbone's weights came from a file that isn't named here; give it with --weights "
                + "(digest \(digest.hex))"
        }
    }
}

/// A trained head and everything needed to use it: `model.safetensors`.
///
/// The file's bytes depend only on these values: it contains no time and no path.
package struct TrainedModel: Sendable {
    /// The file's name in a run folder.
    package static let fileName = "model.safetensors"
    /// The value of "format" in its metadata.
    package static let format = "headstart-head-1"

    /// In the order of their indices.
    package var classes: [String]
    package var head: HeadParameters
    package var architecture: VGGArchitecture
    package var preprocessing: Preprocessing
    package var honorsExifOrientation: Bool
    /// Pictures with more pixels are refused, as they were left out of training.
    package var pixelLimit: Int
    /// "imagenet", "random:SEED" or "file".
    package var weightsSource: String
    /// The digest of the backbone's tensors (`BackboneWeights.digest`).
    package var weightsDigest: ContentDigest

    package init(
        classes: [String], head: HeadParameters, architecture: VGGArchitecture, preprocessing: Preprocessing,
        honorsExifOrientation: Bool, pixelLimit: Int = DecodingOptions.standardPixelLimit,
        weights: WeightsSource, weightsDigest: ContentDigest
    ) {
        self.classes = classes
        self.head = head
        self.architecture = architecture
        self.preprocessing = preprocessing
        self.honorsExifOrientation = honorsExifOrientation
        self.pixelLimit = pixelLimit
        if case .file = weights { weightsSource = "file" } else { weightsSource = weights.description }
        self.weightsDigest = weightsDigest
    }

    /// Reads the model of a run folder, or a `model.safetensors` itself.
    package static func load(run path: String) throws -> TrainedModel {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw TrainedModelError.absent(path: path)
        }
        let file = isFolder.boolValue ? path + "/" + fileName : path
        guard FileManager.default.fileExists(atPath: file) else { throw TrainedModelError.absent(path: path) }
        return try TrainedModel(file: SafetensorsFile(path: file), path: file)
    }

    /// Where the backbone's weights were when the model of `run` was trained; throws if that isn't recorded.
    package func recordedWeights(run: String) throws -> WeightsSource {
        if weightsSource != "file" { return try WeightsSource(parsing: weightsSource) }
        if let plan = try? TrainingPlan(recordedIn: run) { return plan.weights }
        throw TrainedModelError.weightsUnknown(path: run, digest: weightsDigest)
    }

    /// Writes the file durably and atomically; it replaces one of the same name.
    package func write(to path: String) throws {
        let shape = head.shape
        let output = head.outputLayers
        try SafetensorsWriter.write(
            tensors: [
                (TensorName.hiddenKernel, [shape.featureCount, shape.hiddenUnits], head.kernel),
                (TensorName.hiddenBias, [shape.hiddenUnits], output.hiddenBias),
                (TensorName.outputKernel, [shape.hiddenUnits, shape.classCount], output.kernel),
                (TensorName.outputBias, [shape.classCount], output.bias),
            ], metadata: try metadata, to: path)
    }

    /// The layers' names in Keras.
    enum LayerName {
        static let hidden = "dense"
        static let output = "dense_1"
    }

    /// The tensors' names in Keras.
    private enum TensorName {
        static let hiddenKernel = LayerName.hidden + "/kernel"
        static let hiddenBias = LayerName.hidden + "/bias"
        static let outputKernel = LayerName.output + "/kernel"
        static let outputBias = LayerName.output + "/bias"
    }

    var metadata: [String: String] {
        get throws {
            var metadata = [
                "format": Self.format,
                "classes": String(decoding: try JSONEncoder.plain.encode(classes), as: UTF8.self),
                "hidden_units": "\(head.shape.hiddenUnits)",
                "backbone": architecture.rawValue,
                "preprocessing": preprocessing.rawValue,
                "exif": "\(honorsExifOrientation)",
                "weights_source": weightsSource,
                "weights_digest": weightsDigest.hex,
            ]
            // Omitted for the standard limit, so that files of such models stay as they were before this
            // entry existed.
            if pixelLimit != DecodingOptions.standardPixelLimit {
                metadata[Self.pixelLimitKey] = "\(pixelLimit)"
            }
            return metadata
        }
    }

    private static let pixelLimitKey = "pixel_limit"

    private init(file: SafetensorsFile, path: String) throws {
        func unfit(_ reason: String) -> TrainedModelError { .unfit(path: path, reason: reason) }
        func value<Value>(_ key: String, _ parse: (String) -> Value?) throws -> Value {
            guard let text = file.metadata[key] else { throw unfit("its metadata has no \"\(key)\"") }
            guard let value = parse(text) else { throw unfit("its metadata has \"\(key)\" as \"\(text)\"") }
            return value
        }
        _ = try value("format") { $0 == Self.format ? $0 : nil }
        classes = try value("classes") { try? JSONDecoder().decode([String].self, from: Data($0.utf8)) }
        architecture = try value("backbone", VGGArchitecture.init(rawValue:))
        preprocessing = try value("preprocessing", Preprocessing.init(rawValue:))
        honorsExifOrientation = try value("exif", Bool.init)
        pixelLimit =
            file.metadata[Self.pixelLimitKey] == nil
            ? DecodingOptions.standardPixelLimit
            : try value(Self.pixelLimitKey) { text in
                Int(text).flatMap { (1...TrainingPlan.pixelLimitLimit).contains($0) ? $0 : nil }
            }
        weightsSource = try value("weights_source") { $0 }
        weightsDigest = try value("weights_digest") { ContentDigest(hex: $0) }
        let hiddenUnits = try value("hidden_units") { Int($0) }
        guard classes.count >= 2 else { throw unfit("it knows \(classes.count) classes") }

        let shape: HeadShape
        do {
            shape = try HeadShape(
                checking: VGGArchitecture.featureCount, hiddenUnits: hiddenUnits, classCount: classes.count)
        } catch { throw unfit("its metadata has \"hidden_units\" as \"\(hiddenUnits)\"") }
        func tensor(_ name: String, _ dimensions: [Int]) throws -> [Float] {
            guard let entry = file.tensors.first(where: { $0.name == name }) else {
                throw unfit("no tensor \(name)")
            }
            guard entry.shape == dimensions else { throw unfit("\(name) has the shape \(entry.shape)") }
            let floats = try file.floats(name)
            guard floats.allSatisfy(\.isFinite) else {
                throw unfit("\(name) holds numbers that aren't finite")
            }
            return floats
        }
        head = HeadParameters(
            shape: shape,
            kernel: try tensor(TensorName.hiddenKernel, [shape.featureCount, shape.hiddenUnits]),
            outputLayers: OutputLayers(
                hiddenBias: try tensor(TensorName.hiddenBias, [shape.hiddenUnits]),
                kernel: try tensor(TensorName.outputKernel, [shape.hiddenUnits, shape.classCount]),
                bias: try tensor(TensorName.outputBias, [shape.classCount])))
    }
}

extension JSONEncoder {
    /// Sorted keys, one line, unescaped slashes.
    static var plain: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
