import TrainingProtocol

/// How a worker ended. One that failed throws instead.
package enum WorkerOutcome: Sendable {
    /// The run is over.
    case done
    /// A signal stopped it; its leases were handed back. Not the same as `done`: whatever supervises the
    /// worker, such as a Kubernetes Job whose node is drained, should start another.
    case interrupted

    /// The exit status of a worker process that was interrupted.
    package static let interruptedStatus: Int32 = 130
}

/// A worker found no coordinator for as long as it waits: none has been started, or the run ended while the
/// worker was away.
package struct NoCoordinator: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }
}

/// The result of a run. A run that failed throws instead.
package struct RunOutcome: Sendable, Equatable {
    package var end: RunEnd
    /// The finished epochs, including those before a resumption.
    package var history: [EpochRecord]
    /// Pictures that were left out; `problems.csv` has the reasons.
    package var picturesLeftOut: Int
    /// Whether there is a run on the disk for `--resume` to go on with.
    package var canResume: Bool

    package init(end: RunEnd, history: [EpochRecord], picturesLeftOut: Int, canResume: Bool = true) {
        self.end = end
        self.canResume = canResume
        self.history = history
        self.picturesLeftOut = picturesLeftOut
    }
}

/// A run that failed, with the reason and what to do.
package struct RunFailure: Error, Equatable, CustomStringConvertible {
    package let reason: String
    /// Whether `--resume` may end differently.
    package let canGoOn: Bool
    package var description: String { reason }

    package init(reason: String, canGoOn: Bool = true) {
        self.reason = reason
        self.canGoOn = canGoOn
    }
}
