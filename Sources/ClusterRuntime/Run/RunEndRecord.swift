import Foundation
import TrainingProtocol

/// What `end.json` says: how the last process that worked on a run ended. One that was killed leaves none.
package struct RunEndRecord: Codable, Sendable, Equatable {
    /// How it ended.
    package enum Kind: String, Codable, Sendable {
        case completed
        case stoppedEarly = "stopped early"
        case interrupted, failed
    }

    package var end: Kind
    package var reason: String?
    /// Whether `--resume` may come to another end.
    package var canGoOn = true
    /// The epoch that was under way, or the last one; the first is 1.
    package var epoch: Int
    /// Of the model that was written; `nil` where its weights weren't validated, as within an epoch.
    package var validationAccuracy: Double?

    package static let name = "end.json"

    /// - Parameters:
    ///   - canGoOn: whether a run that failed may go on.
    ///   - position: where the run stands.
    package init(_ end: RunEnd, canGoOn: Bool, position: RunPosition) {
        epoch = position.history.count + 1
        switch end {
        case .completed: self.end = .completed
        case .stoppedEarly(let reason): (self.end, self.reason) = (.stoppedEarly, reason)
        case .interrupted: self.end = .interrupted
        case .failed(let reason): (self.end, self.reason, self.canGoOn) = (.failed, reason, canGoOn)
        }
        if hasModel, position.epochScores.samples == 0 {
            validationAccuracy = position.history.last?.validationAccuracy
        }
    }

    var hasModel: Bool { end == .completed || end == .stoppedEarly }

    /// Throws at once for a run that would only fail again.
    func requireHope(for plan: TrainingPlan) throws(PlanError) {
        // With fewer epochs it ends before what went wrong.
        guard end == .failed, !canGoOn, plan.epochs >= epoch else { return }
        throw PlanError(
            option: "--resume",
            problem: "the run in \(plan.output) failed and would fail again: \(reason ?? "")",
            remedy: "begin a new run with another --out")
    }
}
