import WireMessages

/// Responsive means progress: heartbeats come from a process whose threads may be stuck.
extension CoordinatorMachine {
    /// A worker is about to get work.
    mutating func noteWork(of peer: Peer, gradients: Bool, now: Instant) {
        guard let worker = workers[peer], worker.queued(gradients: gradients) == 0 else { return }
        if ready.busySince(worker.number, gradients: gradients) == nil {
            ready.note(worker.number, gradients: gradients, busySince: now)
        }
    }

    /// A worker has answered a lease of a kind, or that it can't.
    mutating func noteAnswer(of peer: Peer, gradients: Bool, now: Instant) {
        guard let worker = workers[peer] else { return }
        ready.note(
            worker.number, gradients: gradients, answered: now,
            isBusy: worker.queued(gradients: gradients) > 0)
        // Dense gradients have the same thread as everything else.
        guard configuration.exchange == .gradients, worker.queued(gradients: !gradients) > 0 else { return }
        ready.note(worker.number, gradients: !gradients, answered: now, isBusy: true)
    }

    /// A worker gets on with what it does.
    mutating func noteProgress(of peer: Peer, now: Instant) {
        guard let number = workers[peer]?.number else { return }
        ready.note(number, countsAt: now, atMost: configuration.limits.stuckAfter * Self.countedAtMost)
    }

    /// So many times as long as without, a worker may count on and answer nothing.
    private static let countedAtMost = 10

    /// So many times as long as it is waited for, it may make no progress: its counts move at the end of a
    /// lease, and a slow machine takes a minute for one.
    private static let apartAfter = 5

    /// What a worker says of itself: what it has in hand, and how far it is.
    mutating func take(_ status: WorkerStatus, of peer: Peer, now: Instant) {
        guard let worker = workers[peer] else { return }
        workers[peer]?.status = status
        let before = worker.status.picturesExtracted + worker.status.picturesFromStore
        if status.picturesExtracted + status.picturesFromStore != before {
            noteProgress(of: peer, now: now)
        }
        // What it does not know of was lost on its way, unless it is on its way still.
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
            // What it holds all the same is sent again, and waited for as before.
            if known == 0, workers[peer]?.queued(gradients: gradients) == 0,
                leases.held(by: peer, gradients: gradients) == 0,
                ready.busySince(worker.number, gradients: gradients) != nil
            {
                ready.note(worker.number, gradients: gradients, busySince: nil)
                changedWorkers.insert(peer)
            }
        }
    }

    /// Sets apart who is stuck, where somebody else is there: it was asked again and again, by what it was
    /// sent again.
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
