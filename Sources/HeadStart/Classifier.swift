import ClusterRuntime
import ContentAddressing
import Foundation
import VGGBackbone

/// A trained model that classifies pictures.
///
/// Use it from one thread at a time; it computes on all cores.
///
/// ```swift
/// let classifier = try Classifier(run: "runs/first")
/// for prediction in try classifier.predict(["photos/new/a.jpg"])[0].get() {
///     print(prediction.className, prediction.probability)
/// }
/// ```
public final class Classifier {
    /// A class and its probability.
    public struct Prediction: Sendable, Hashable {
        public let className: String
        /// From 0 to 1; the probabilities of a picture's classes add up to 1.
        public let probability: Float
    }

    private let classifier: PictureClassifier

    /// Loads a model and its backbone.
    ///
    /// - Parameters:
    ///   - run: a run folder, or a `model.safetensors`.
    ///   - weights: the backbone's weights that the model was trained on; `nil` for those that the run
    ///     recorded.
    ///   - machine: the program that converts weight files, and the cache folder.
    /// - Throws: `HeadStartError`, whose description says what is wrong and what to do.
    public init(run: String, weights: Weights? = nil, machine: Machine = Machine()) throws {
        do {
            let environment = try machine.environment()
            let model = try TrainedModel.load(run: run)
            let backbone = try loadBackbone(
                weights?.source ?? model.recordedWeights(run: run), architecture: model.architecture,
                environment: environment)
            guard backbone.digest == model.weightsDigest else {
                throw HeadStartError(
                    description: "\(run): these are other weights than the model was trained on; give those "
                        + "with the digest \(model.weightsDigest.hex)")
            }
            classifier = try PictureClassifier(
                model: model, backbone: backbone, threads: environment.processorCount,
                storeCapacityBytes: CacheBounds().featureBytes, environment: environment)
        } catch { throw HeadStartError(error) }
    }

    /// The class names, in the order of their indices.
    public var classes: [String] { classifier.model.classes }

    /// Predicts the classes of each picture, the most probable first; a picture that can't be read gives an
    /// error.
    ///
    /// - Parameter pictures: paths of JPEG, PNG, BMP, PNM, TIFF, GIF or WebP files. All of them are read at
    ///   once, so pass thousands in batches.
    public func predict(_ pictures: [String]) -> [Result<[Prediction], HeadStartError>] {
        let tasks = pictures.map { path in
            Result { try Data(contentsOf: URL(filePath: path)) }.map { data in
                let bytes = [UInt8](data)
                return PictureTask(digest: ContentDigest(hashing: bytes)) { bytes }
            }
        }
        var probabilities = classifier.probabilities(of: tasks.compactMap { try? $0.get() })[...]
        return zip(pictures, tasks).map { path, task in
            guard case .success = task, let result = probabilities.popFirst() else {
                return .failure(
                    HeadStartError(description: "\(path): it can't be opened; check that it is there"))
            }
            return result.map(ranked).mapError { HeadStartError(description: "\(path): \($0)") }
        }
    }

    private func ranked(_ probabilities: [Float]) -> [Prediction] {
        PictureClassifier.ranking(of: probabilities)
            .map { Prediction(className: classes[$0], probability: probabilities[$0]) }
    }
}
