// Stand-ins for types of other targets until those land; removed with the merge that brings them.
import ClassifierHead
import ContentAddressing
import ExactArithmetic
import Imaging
import VGGBackbone

package enum Preprocessing: String, Sendable, CaseIterable {
    case rescale, caffe, torch
    func apply(_ values: [Float]) -> [Float] { values }
}
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
package final class FeatureExtractor {
    package init(weights: BackboneWeights, kernels: KernelSet, threads: Int) {}
    func features(of inputs: [Float], count: Int) -> [Float] { [] }
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
package struct HeadParameters: Sendable {
    var shape: HeadShape
    var kernel: [Float]
    var outputLayers: OutputLayers
    func preactivations(of batch: [SparseFeatures], threads: Int, kernels: KernelSet) -> [Float] { [] }
    func probabilities(of batch: [SparseFeatures], threads: Int, kernels: KernelSet) -> [Float] { [] }
}
package struct HeadChunkGradient {
    var losses: [Float]
    var predictions: [Int]
}
package enum HeadChunk {
    static func gradient(
        preactivations: [Float], labels: [Int], samplesInStep: Int, outputLayers: OutputLayers,
        shape: HeadShape
    ) -> HeadChunkGradient { .init(losses: [], predictions: []) }
}
enum ImagingSelfTest { static func digest() throws -> ContentDigest { ContentDigest(hashing: [0]) } }
enum BackboneSelfTest {
    static func digest(kernels: KernelSet) -> ContentDigest { ContentDigest(hashing: [0]) }
}
extension KernelSet {
    package static func selected(override: String?) throws -> KernelSet { .avx512 }
}
package func loadBackbone(
    _ source: WeightsSource, architecture: VGGArchitecture, environment: RuntimeEnvironment
) throws -> BackboneWeights {
    BackboneWeights(architecture: architecture, kernels: [], biases: [])
}

package func runLocalTraining(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws -> RunOutcome {
    RunOutcome(end: .completed, history: [], picturesLeftOut: 0)
}
package func runCoordinator(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws -> RunOutcome {
    RunOutcome(end: .completed, history: [], picturesLeftOut: 0)
}
package func runWorker(_ plan: WorkerPlan, environment: RuntimeEnvironment) throws {}
