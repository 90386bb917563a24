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

    /// Every worker that the run has had in this process, by number.
    package func workerStates(now: Instant) -> [WorkerState] {
        var states = ledger.records(now: now).map(WorkerState.init(record:))
        for worker in workers.values {
            states[worker.number - 1].activity = worker.status.activity
            states[worker.number - 1].silentSeconds = (now - worker.lastHeard).inSeconds
        }
        for (peer, worker) in workers {
            let place = worker.number - 1
            for (id, since) in leases.held(by: peer) {
                let seconds = (now - since).inSeconds
                states[place].leasesHeld += 1
                let isWaitedFor = self.isWaitedFor(id) && now - since > Self.patience
                let isOlder = states[place].oldestLease == nil || seconds > states[place].oldestLeaseSeconds
                // What is waited for is worth more words than what is old.
                guard isWaitedFor == states[place].isWaitedFor ? isOlder : isWaitedFor else { continue }
                states[place].oldestLease = "\(id)"
                states[place].oldestLeaseSeconds = seconds
                states[place].isWaitedFor = isWaitedFor
            }
        }
        return states
    }
}
