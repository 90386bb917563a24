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
