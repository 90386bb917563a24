import TrainingProtocol

/// How a worker left. One that failed throws instead.
package enum WorkerOutcome: Sendable {
    /// The run is over.
    case done
    /// A signal asked it to; its leases were handed back. Not the same as done: who looks after it, such as a
    /// Kubernetes Job whose node is drained, is to start another.
    case interrupted

    /// The exit status of a worker process that was interrupted.
    package static let interruptedStatus: Int32 = 130
}

/// A worker had no coordinator for as long as it waits: there is none yet, or the run ended while it was
/// away.
package struct NoCoordinator: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }
}

/// What a run came to. A run that failed throws instead.
package struct RunOutcome: Sendable, Equatable {
    package var end: RunEnd
    /// The epochs that are done, those before a resumption included.
    package var history: [EpochRecord]
    /// Pictures that were left out; `problems.csv` has the reasons.
    package var picturesLeftOut: Int
    /// Whether there is something on the disk that `--resume` goes on with.
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
    /// Whether `--resume` may come to another end.
    package let canGoOn: Bool
    package var description: String { reason }

    package init(reason: String, canGoOn: Bool = true) {
        self.reason = reason
        self.canGoOn = canGoOn
    }
}
