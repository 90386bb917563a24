// Stand-ins for types of other targets until those land; removed with the merge that brings them.
import VGGBackbone

package struct AugmentationRanges: Sendable, Hashable {
    package var shearDegrees = 0.2
    package var zoom = 0.2
    package var horizontalFlip = true
    package init() {}
}
package enum Preprocessing: String, Sendable, CaseIterable { case rescale, caffe, torch }
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

package func runLocalTraining(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws -> RunOutcome {
    RunOutcome(end: .completed, history: [], picturesLeftOut: 0)
}
package func runCoordinator(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws -> RunOutcome {
    RunOutcome(end: .completed, history: [], picturesLeftOut: 0)
}
package func runWorker(_ plan: WorkerPlan, environment: RuntimeEnvironment) throws {}
