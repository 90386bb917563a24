import WireMessages

package struct ScoredPicture: Sendable {
    package let picture: RunPicture
    package let score: SampleScore

    package init(picture: RunPicture, score: SampleScore) {
        self.picture = picture
        self.score = score
    }
}

/// The state of a worker at one moment.
package struct WorkerState: Sendable, Equatable {
    package var record: WorkerRecord
    /// The activity of its latest status; `nil` if it has left.
    package var activity: String?
    package var leasesHeld = 0
    /// The lease it has held longest, such as "extract 12/3"; a lease that the run waits for comes first.
    package var oldestLease: String?
    package var oldestLeaseSeconds = 0.0
    /// Whether the run waits for that lease and has done so for a while.
    package var isWaitedFor = false
    /// Seconds since its last message.
    package var silentSeconds = 0.0

    package init(record: WorkerRecord) { self.record = record }
}

extension CoordinatorMachine {
    /// The number of readable training pictures; 0 before the check is over.
    package var trainingPictureCount: Int { training?.samples.count ?? 0 }

    /// The latest validation, by picture in the data set's order; empty before the first.
    package var scoredValidation: [ScoredPicture] {
        zip(training?.validation ?? [], validationScores).map { ScoredPicture(picture: $0, score: $1) }
    }

    package var scoredValidationCount: Int { validationScores.count }

    /// How many workers are reported one by one.
    package var rememberedWorkerCount: Int { ledger.count }

    /// The connected workers, those that left most recently, and the sum of all others.
    package func workerStates(now: Instant) -> [WorkerState] {
        ledger.records(now: now).map { record in
            var state = WorkerState(record: record)
            guard let peer = peerOfNumber[record.number], let worker = workers[peer] else { return state }
            state.activity = worker.status.activity
            state.silentSeconds = (now - worker.lastHeard).inSeconds
            for (id, since) in leases.held(by: peer) {
                let seconds = (now - since).inSeconds
                state.leasesHeld += 1
                let isWaitedFor = self.isWaitedFor(id) && now - since > Self.patience
                let isOlder = state.oldestLease == nil || seconds > state.oldestLeaseSeconds
                // A lease that the run waits for is more important than an older one.
                guard isWaitedFor == state.isWaitedFor ? isOlder : isWaitedFor else { continue }
                state.oldestLease = "\(id)"
                state.oldestLeaseSeconds = seconds
                state.isWaitedFor = isWaitedFor
            }
            return state
        }
    }
}
