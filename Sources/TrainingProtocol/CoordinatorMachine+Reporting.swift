import WireMessages

/// A validation picture and what the head made of it.
package struct ScoredPicture: Sendable {
    package let picture: RunPicture
    package let score: SampleScore

    package init(picture: RunPicture, score: SampleScore) {
        self.picture = picture
        self.score = score
    }
}

/// A worker as it is at one moment.
package struct WorkerState: Sendable, Equatable {
    package var record: WorkerRecord
    /// What it said last that it does; `nil` for one that has gone.
    package var activity: String?
    /// Leases that it holds.
    package var leasesHeld = 0
    /// The one it holds longest, such as "extract 12/3", and for how long.
    package var oldestLease: String?
    package var oldestLeaseSeconds = 0.0
    /// Whether the run can't go on without that lease and has waited for it.
    package var isWaitedFor = false
    /// Since its last word.
    package var silentSeconds = 0.0

    package init(record: WorkerRecord) { self.record = record }
}

extension CoordinatorMachine {
    /// The readable training pictures; 0 before they were checked.
    package var trainingPictureCount: Int { training?.samples.count ?? 0 }

    /// The newest validation, picture by picture in the data set's order; empty before the first.
    package var scoredValidation: [ScoredPicture] {
        zip(training?.validation ?? [], validationScores).map { ScoredPicture(picture: $0, score: $1) }
    }

    /// The pictures of the newest validation.
    package var scoredValidationCount: Int { validationScores.count }

    /// How many workers are told of one by one.
    package var rememberedWorkerCount: Int { ledger.count }

    /// The workers that are there, those that went last, and the sum of all others.
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
                // What is waited for is worth more words than what is old.
                guard isWaitedFor == state.isWaitedFor ? isOlder : isWaitedFor else { continue }
                state.oldestLease = "\(id)"
                state.oldestLeaseSeconds = seconds
                state.isWaitedFor = isWaitedFor
            }
            return state
        }
    }
}
