import TrainingProtocol
import WireMessages

/// A violated invariant found in a simulated run.
package enum Violation: Error, Sendable, Equatable, CustomStringConvertible {
    case wrongSamples(step: Int)
    case wrongStep(applied: Int, expected: Int)
    case wrongHead(step: Int)
    case missingFeatures(step: Int, sample: Int)
    case countedTwice(sample: Int, epoch: Int)
    case notCounted(sample: Int, epoch: Int)
    case wrongEpoch(epoch: Int)
    case wrongHistory
    case wrongVerdicts
    case wrongSums(step: Int)
    case checkpointLost(reportedStep: Int, loadedStep: Int)
    case damagedCheckpoint(step: Int)
    case weightsNotPublished(step: Int)
    case runFailed(reason: String)
    case endsDiffer
    case notEnded(seconds: Int)
    case workerGaveUp(worker: Int, reason: String)
    case healthyWorkerLost(worker: Int)
    case soundWorkerSetApart(worker: Int, reason: String)
    case lookaheadExceeded(step: Int, current: Int)
    case leaseTableExceeded(count: Int)
    case workerRecordsExceeded(count: Int)
    case workerQueueExceeded(worker: Int, count: Int)
    case traceDiffers
    case passedDispute(String, over: LeaseID)
    case unverifiedAnswerUsed(LeaseID)
    case refusalMissed(expected: String)
    case otherPictures

    package var description: String {
        switch self {
        case .wrongSamples(let step): "step \(step) was applied to other samples than the schedule's"
        case .wrongStep(let applied, let expected): "step \(applied) was applied where \(expected) was due"
        case .wrongHead(let step): "the head after step \(step) is not the single process's"
        case .missingFeatures(let step, let sample): "step \(step) lacks the features of sample \(sample)"
        case .countedTwice(let sample, let epoch): "sample \(sample) was counted twice in epoch \(epoch)"
        case .notCounted(let sample, let epoch): "sample \(sample) was not counted in epoch \(epoch)"
        case .wrongEpoch(let epoch): "the record of epoch \(epoch) is not the single process's"
        case .wrongHistory: "the history at the end is not the single process's"
        case .wrongVerdicts: "other pictures were left out than those that can't be read"
        case .wrongSums(let step): "the sums of step \(step) were asked for with other samples or labels"
        case .checkpointLost(let reported, let loaded):
            "a checkpoint of step \(reported) was reported, the run resumed at step \(loaded)"
        case .damagedCheckpoint(let step): "position and head of the checkpoint of step \(step) don't agree"
        case .weightsNotPublished(let step): "weights of step \(step) were to be sent and are not published"
        case .runFailed(let reason): "the run failed: \(reason)"
        case .endsDiffer: "the run ended otherwise than the single process"
        case .notEnded(let seconds): "the run has not ended after \(seconds) virtual seconds"
        case .workerGaveUp(let worker, let reason): "worker \(worker) gave up: \(reason)"
        case .healthyWorkerLost(let worker): "worker \(worker) was taken for lost though nothing was wrong"
        case .soundWorkerSetApart(let worker, let reason): "worker \(worker) was set apart: \(reason)"
        case .lookaheadExceeded(let step, let current):
            "step \(step) was leased for extraction while step \(current) was under way"
        case .leaseTableExceeded(let count): "\(count) leases were open at once"
        case .workerRecordsExceeded(let count): "\(count) workers were remembered one by one"
        case .workerQueueExceeded(let worker, let count): "worker \(worker) had \(count) leases waiting"
        case .passedDispute(let what, let id):
            "\(what) contains a wrong answer to \(id), which another worker has contradicted"
        case .unverifiedAnswerUsed(let id):
            "a wrong answer to \(id) was used though another worker was there to verify it"
        case .refusalMissed(let expected): "the run went on where it had to say: \(expected)"
        case .otherPictures: "the run went on with other pictures than those it began with"
        case .traceDiffers: "the same seed went another way when it was run again"
        }
    }

    /// The invariant's name, without the details.
    package var name: String {
        switch self {
        case .wrongHistory: "wrongHistory"
        case .wrongVerdicts: "wrongVerdicts"
        case .endsDiffer: "endsDiffer"
        case .traceDiffers: "traceDiffers"
        case .otherPictures: "otherPictures"
        default: Mirror(reflecting: self).children.first?.label ?? description
        }
    }
}
