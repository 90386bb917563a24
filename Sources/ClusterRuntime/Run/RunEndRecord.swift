import Foundation
import TrainingProtocol

/// The content of `end.json`: how the last process that worked on a run ended. A killed process leaves none.
package struct RunEndRecord: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable {
        case completed
        case stoppedEarly = "stopped early"
        case interrupted, failed
    }

    package var end: Kind
    package var reason: String?
    /// Whether `--resume` may end differently.
    package var canGoOn = true
    /// The epoch that was in progress, or would have been next; the first is 1.
    package var epoch: Int
    /// The accuracy of the written model; `nil` if its weights weren't validated, as within an epoch.
    package var validationAccuracy: Double?

    package static let name = "end.json"

    /// - Parameter canGoOn: whether a failed run may go on; ignored for other ends.
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

    /// Throws if a resumed run would only fail again.
    func requireHope(for plan: TrainingPlan) throws(PlanError) {
        // With fewer epochs it ends before the failure.
        guard end == .failed, !canGoOn, plan.epochs >= epoch else { return }
        throw PlanError(
            option: "--resume",
            problem: "the run in \(plan.output) failed and would fail again: \(reason ?? "")",
            remedy: "begin a new run with another --out")
    }
}
