import ClassifierHead
import ExactArithmetic
import VGGBackbone

/// Applies a trained model to pictures: probabilities, losses and classes.
package final class PictureClassifier {
    package let model: TrainedModel
    private let pipeline: FeaturePipeline
    private let kernels: KernelSet
    private let threads: Int

    /// - Parameter pipeline: one for the model's backbone and preprocessing (`FeaturePipeline.open`).
    package init(model: TrainedModel, pipeline: FeaturePipeline, kernels: KernelSet, threads: Int) {
        self.model = model
        self.pipeline = pipeline
        self.kernels = kernels
        self.threads = threads
    }

    /// Opens a pipeline for the model and its backbone.
    package convenience init(
        model: TrainedModel, backbone: BackboneWeights, threads: Int, storeCapacityBytes: Int,
        environment: RuntimeEnvironment
    ) throws {
        let pipeline = try FeaturePipeline.open(
            backbone: backbone, preprocessing: model.preprocessing,
            honorsExifOrientation: model.honorsExifOrientation, pixelLimit: model.pixelLimit,
            threads: threads,
            storeCapacityBytes: storeCapacityBytes, environment: environment)
        self.init(model: model, pipeline: pipeline, kernels: environment.kernels, threads: threads)
    }

    /// The indices of classes, the most probable first; equally probable ones in the order of their indices.
    package static func ranking(of probabilities: [Float]) -> [Int] {
        probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
    }

    /// Each picture's probabilities, class by class, or why there are none.
    package func probabilities(of tasks: [PictureTask]) -> [Result<[Float], PictureProblem>] {
        let features = pipeline.features(of: tasks)
        let usable = features.compactMap { try? $0.get() }
        let classCount = model.classes.count
        let probabilities = model.head.probabilities(of: usable, threads: threads, kernels: kernels)
        return Self.distribute(features) { Array(probabilities[$0 * classCount..<($0 + 1) * classCount]) }
    }

    /// Each picture's loss and predicted class, computed as in validation during training, or why there are
    /// none.
    package func scores(
        of tasks: [PictureTask], labels: [Int]
    ) -> [Result<HeadScore, PictureProblem>] {
        let features = pipeline.features(of: tasks)
        let usable = zip(features, labels).compactMap { feature, label in
            (try? feature.get()).map { (features: $0, label: label) }
        }
        let scores = model.head.scores(
            of: usable.map(\.features), labels: usable.map(\.label), threads: threads, kernels: kernels)
        return Self.distribute(features) { scores[$0] }
    }

    /// Assigns the values of the pictures that have features to their places among all.
    private static func distribute<Value>(
        _ features: [Result<SparseFeatures, PictureProblem>], value: (Int) -> Value
    ) -> [Result<Value, PictureProblem>] {
        var place = 0
        return features.map { feature in
            feature.map { _ in
                defer { place += 1 }
                return value(place)
            }
        }
    }
}
