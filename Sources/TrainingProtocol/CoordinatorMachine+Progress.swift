import WireMessages

/// Tracks progress, which heartbeats alone don't show: they may come from a process whose threads are stuck.
extension CoordinatorMachine {
    mutating func noteWork(of peer: Peer, gradients: Bool, now: Instant) {
        guard let worker = workers[peer], worker.queued(gradients: gradients) == 0 else { return }
        if ready.busySince(worker.number, gradients: gradients) == nil {
            ready.note(worker.number, gradients: gradients, busySince: now)
        }
    }

    /// Notes that a worker has answered a lease, even with a failure.
    mutating func noteAnswer(of peer: Peer, gradients: Bool, now: Instant) {
        guard let worker = workers[peer] else { return }
        ready.note(
            worker.number, gradients: gradients, answered: now,
            isBusy: worker.queued(gradients: gradients) > 0)
        // Dense gradients are computed on the same thread as everything else.
        guard configuration.exchange == .gradients, worker.queued(gradients: !gradients) > 0 else { return }
        ready.note(worker.number, gradients: !gradients, answered: now, isBusy: true)
    }

    mutating func noteProgress(of peer: Peer, now: Instant) {
        guard let number = workers[peer]?.number else { return }
        ready.note(number, countsAt: now, atMost: configuration.limits.stuckAfter * Self.countedAtMost)
    }

    /// A worker may report progress without an answer for this many times `stuckAfter`.
    private static let countedAtMost = 10

    /// A worker without progress is set apart after this many times `stuckAfter`: its counts change only at
    /// the end of a lease, and a slow machine takes a minute for one.
    private static let apartAfter = 5

    /// Takes a worker's status: the leases it has, and its progress.
    mutating func take(_ status: WorkerStatus, of peer: Peer, now: Instant) {
        guard let worker = workers[peer] else { return }
        workers[peer]?.status = status
        let before = worker.status.picturesExtracted + worker.status.picturesFromStore
        if status.picturesExtracted + status.picturesFromStore != before {
            noteProgress(of: peer, now: now)
        }
        // Leases that the worker doesn't know of were lost, unless they are still on their way.
        let age = configuration.limits.heartbeat * 3
        for (gradients, known) in [(true, status.gradientsOpen), (false, status.leasesOpen)] {
            let isMeant = { (lease: (id: LeaseID, sent: Instant)) in
                (lease.id.kind == .gradient) == gradients && now - lease.sent > age
            }
            var surplus = worker.queued(gradients: gradients) - known
            if surplus > 0, worker.unanswered.contains(where: isMeant) {
                workers[peer]?.unanswered.removeAll { lease in
                    guard surplus > 0, isMeant(lease) else { return false }
                    surplus -= 1
                    return true
                }
                changedWorkers.insert(peer)
            }
            // Leases it still holds are sent again, and waited for as before.
            if known == 0, workers[peer]?.queued(gradients: gradients) == 0,
                leases.held(by: peer, gradients: gradients) == 0,
                ready.busySince(worker.number, gradients: gradients) != nil
            {
                ready.note(worker.number, gradients: gradients, busySince: nil)
                changedWorkers.insert(peer)
            }
        }
    }

    /// Sets apart stuck workers if others are there. By then their leases have been sent to them again and
    /// again.
    mutating func checkProgress(_ now: Instant) {
        let limit = configuration.limits.stuckAfter * Self.apartAfter
        for peer in peers {
            guard let worker = workers[peer], let stuck = ready.stuckFor(worker.number, now: now),
                stuck > limit, ready.hasAny(besides: worker.number, stuckAfter: limit, now: now)
            else { continue }
            let what = worker.unanswered.first.map { "\($0.id)" } ?? "what it has"
            setApart(
                peer,
                because:
                    "it has not got on with \(what) for \(Int(stuck.inSeconds)) s, though it says that it "
                    + "is there; a thread of it is stuck, or its disk or network: look at its machine, and "
                    + "start it again", now: now)
        }
    }
}
