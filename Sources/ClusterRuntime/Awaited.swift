// Stand-ins for types of other targets until those land; removed with the merge that brings them.
import ClassifierHead
import ContentAddressing
import ExactArithmetic
import Imaging
import VGGBackbone

package enum WeightsSource: Sendable, Hashable {
    case imagenet
    case random(UInt64)
    case file(String)
    package init(parsing text: String) throws {
        if text == "imagenet" {
            self = .imagenet
        } else if text.hasPrefix("random:"), let seed = UInt64(text.dropFirst(7)) {
            self = .random(seed)
        } else {
            self = .file(text)
        }
    }
}
package final class FeatureStore {
    package init(directory: String, capacityBytes: Int) throws {}
    func value(for: ContentDigest) -> [UInt8]? { nil }
    func store(_ value: [UInt8], for: ContentDigest) {}
}
package struct SparseFeatures: Sendable {
    static func encode(_ dense: UnsafeBufferPointer<Float>) -> [UInt8] { [] }
    init(decoding bytes: UnsafeRawBufferPointer, featureCount: Int) throws {}
    package func dense() -> [Float] { [] }
}
package struct HeadShape: Sendable, Hashable {
    var featureCount: Int
    var hiddenUnits: Int
    var classCount: Int
}
package struct OutputLayers: Sendable {
    var hiddenBias: [Float]
    var kernel: [Float]
    var bias: [Float]
}
package struct HeadScore {
    package var loss: Float
    package var predicted: Int
}
package struct HeadParameters: Sendable {
    var shape: HeadShape
    var kernel: [Float]
    var outputLayers: OutputLayers
    func preactivations(of batch: [SparseFeatures], threads: Int, kernels: KernelSet) -> [Float] { [] }
    func scores(of batch: [SparseFeatures], labels: [Int], threads: Int, kernels: KernelSet) -> [HeadScore] {
        []
    }
    func probabilities(of batch: [SparseFeatures], threads: Int, kernels: KernelSet) -> [Float] { [] }
}
enum ImagingSelfTest { static func digest() throws -> ContentDigest { ContentDigest(hashing: [0]) } }
package func loadBackbone(
    _ source: WeightsSource, architecture: VGGArchitecture, environment: RuntimeEnvironment
) throws -> BackboneWeights {
    BackboneWeights.random(seed: 7, architecture: architecture)
}

package func runLocalTraining(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws -> RunOutcome {
    RunOutcome(end: .completed, history: [], picturesLeftOut: 0)
}
package func runCoordinator(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws -> RunOutcome {
    RunOutcome(end: .completed, history: [], picturesLeftOut: 0)
}
package func runWorker(_ plan: WorkerPlan, environment: RuntimeEnvironment) throws {}
