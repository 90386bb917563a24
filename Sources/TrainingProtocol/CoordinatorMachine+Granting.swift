import WireMessages

extension CoordinatorMachine {
    /// Gives every ready worker the work it has room for, the most urgent first; idle workers take over from
    /// slow ones. Work that was lost with a worker is given away at once, even to busy workers.
    ///
    /// Which workers have room and which work is available are kept from message to message. If either is
    /// empty, nothing is searched, however much there is of the other.
    mutating func grantLeases(_ now: Instant) {
        guard !hasEnded, workers.count >= configuration.minimumWorkers else { return }
        updateRooms(now)
        for pass in GrantPass.allCases { grant(pass, now) }
    }

    private mutating func grant(_ pass: GrantPass, _ now: Instant) {
        let gradients = pass.isOfGradients
        let age = takeoverAge(gradients: gradients)
        func hasWork() -> Bool {
            pass == .lost ? leases.hasLostWork : leases.hasWork(gradients: gradients, age: age, now: now)
        }
        guard hasWork() else { return }
        /// The workers with room that gradients are reserved for.
        var owners = SortedSet<WorkerRooms.Candidate>()
        if gradients {
            for worker in leases.workersWithGradients {
                if let candidate = peerOfNumber[worker].flatMap({ rooms[pass.rawValue][$0] }) {
                    owners.insert(candidate)
                }
            }
        }
        /// Workers for which no lease was found in this pass.
        var refused: Set<Peer> = []
        var isForAnyone = true
        func next(after last: WorkerRooms.Candidate?) -> WorkerRooms.Candidate? {
            let room = rooms[pass.rawValue]
            let isForIdle = pass != .lost && leases.hasTakeable(gradients: gradients, age: age, now: now)
            let sources = [owners, isForAnyone ? room.all : isForIdle ? room.idle : nil].compactMap { $0 }
            return sources.compactMap { source in
                var candidate = last.map { source.first(after: $0) } ?? source.first
                while let peer = candidate?.peer, refused.contains(peer) {
                    candidate = candidate.flatMap { source.first(after: $0) }
                }
                return candidate
            }.min()
        }
        // In rounds: all workers with the fewest leases waiting get one, then those with the fewest at that
        // point.
        var last: WorkerRooms.Candidate?
        while hasWork() {
            if isForAnyone {
                isForAnyone = leases.hasWorkForAnyone(
                    gradients: gradients, lost: pass == .lost, now: now, ready: ready)
            }
            var candidate = next(after: last)
            if candidate?.waiting != last?.waiting { candidate = next(after: nil) }
            guard let candidate else { return }
            if let entry = nextEntry(for: candidate.peer, pass, now: now) {
                send(entry, to: candidate.peer, now: now)
                if let number = workers[candidate.peer]?.number, mustProve(number, entry.id.kind) {
                    leases.askForProof(entry.id)
                }
                updateRooms(now)
                owners.remove(candidate)
                if gradients, let candidate = rooms[pass.rawValue][candidate.peer] {
                    owners.insert(candidate)
                }
            } else {
                refused.insert(candidate.peer)
            }
            last = candidate
        }
    }

    private mutating func nextEntry(
        for peer: Peer, _ pass: GrantPass, now: Instant
    ) -> LeaseTable.Entry? {
        guard let worker = workers[peer]?.number else { return nil }
        let gradients = pass.isOfGradients
        let entry = leases.grant(
            to: peer, worker: worker, gradients: gradients, lost: pass == .lost, now: now, ready: ready)
        if let entry {
            if let lost = entry.lostSince {
                note(
                    .info, .tookOver, by: hostName(of: worker),
                    "worker \(worker) took over \(entry.id), which was lost "
                        + "\(Int((now - lost).inSeconds * 1000)) ms before")
            }
            return entry
        }
        guard pass != .lost, leases.held(by: peer, gradients: gradients) == 0 else { return nil }
        return leases.takeOver(
            by: peer, worker: worker, gradients: gradients, age: takeoverAge(gradients: gradients),
            now: now, ready: ready)
    }

    private func takeoverAge(gradients: Bool) -> Duration {
        gradients ? configuration.limits.gradientTakeoverAfter : configuration.limits.takeoverAfter
    }

    mutating func send(_ entry: LeaseTable.Entry, to peer: Peer, now: Instant) {
        workers[peer]?.unanswered.removeAll { $0.id == entry.id }
        noteWork(of: peer, gradients: entry.id.kind == .gradient, now: now)
        workers[peer]?.unanswered.append((entry.id, now))
        changedWorkers.insert(peer)
        if let weightsStep = entry.work.weightsStep, workers[peer]?.weightsStep != weightsStep {
            workers[peer]?.weightsStep = weightsStep
            actions.append(.sendWeights(step: weightsStep, to: peer))
        }
        let attempt = workers[peer].map { entry.tries(of: $0.number) } ?? 0
        let lease = Lease(
            id: entry.id, run: configuration.run, weights: entry.weights, attempt: attempt, work: entry.work)
        actions.append(.send(.lease(lease), to: peer))
    }

    // MARK: Room

    /// Updates the workers whose room may have changed since the last call.
    private mutating func updateRooms(_ now: Instant) {
        while let wake = wakes.first, wake.time <= now {
            wakes.remove(wake)
            workers[wake.peer]?.wakesAt = nil
            changedWorkers.insert(wake.peer)
        }
        let changed = changedWorkers.union(leases.takeChangedHolders())
        changedWorkers = []
        for peer in changed { updateRoom(of: peer, now) }
    }

    private mutating func updateRoom(of peer: Peer, _ now: Instant) {
        for pass in GrantPass.allCases {
            let candidate = waiting(at: peer, pass, now: now).flatMap { waiting in
                workers[peer].map {
                    WorkerRooms.Candidate(waiting: waiting, order: $0.order, peer: peer)
                }
            }
            rooms[pass.rawValue].set(
                peer, candidate, isIdle: leases.held(by: peer, gradients: pass.isOfGradients) == 0)
        }
        if let wakesAt = workers[peer]?.wakesAt { wakes.remove(WorkerWake(time: wakesAt, peer: peer)) }
        let wakesAt = workers[peer].map(\.restsUntil).flatMap { $0 > now ? $0 : nil }
        workers[peer]?.wakesAt = wakesAt
        if let wakesAt { wakes.insert(WorkerWake(time: wakesAt, peer: peer)) }
    }

    /// How many leases of a lane wait at a worker with room for more; `nil` if it has no room.
    private func waiting(at peer: Peer, _ pass: GrantPass, now: Instant) -> Int? {
        guard let worker = workers[peer], worker.slots > 0, worker.restsUntil <= now else { return nil }
        let gradients = pass.isOfGradients
        var room =
            pass == .others
            ? worker.slots : ProtocolLimits.credit(gradients: gradients, slots: worker.slots)
        if let limit = roomForProof(of: worker.number, gradients: gradients) { room = min(room, limit) }
        let queued = worker.queued(gradients: gradients)
        guard queued < room else { return nil }
        // A worker that takes longer than the takeover age gets more only once it has answered.
        if let since = ready.busySince(worker.number, gradients: gradients),
            now - since > takeoverAge(gradients: gradients)
        {
            return nil
        }
        let waiting = max(leases.held(by: peer, gradients: gradients), queued)
        return waiting < room ? waiting : nil
    }
}
