import WireMessages

extension CoordinatorMachine {
    mutating func receive(_ message: WorkerMessage, from peer: Peer, now: Instant) {
        if case .hello(let hello) = message {
            join(hello, peer: peer, now: now)
            return
        }
        guard workers[peer] != nil else {
            // A worker of an earlier coordinator, or one that was taken for lost: it must introduce itself
            // again.
            if case .leaving = message { return }
            if case .contentRequest(let request) = message, request.digest == Yardstick.digest,
                refusedPeers.contains(peer)
            {
                actions.append(.serveContent(request, to: peer))
                return
            }
            actions.append(.send(.goodbye(reason: "not joined; say hello first", final: false), to: peer))
            return
        }
        workers[peer]?.lastHeard = now
        switch message {
        case .hello: break
        case .ready(let slots):
            workers[peer]?.slots = min(max(slots, 1), configuration.limits.slotsPerWorker)
            workers[peer]?.status.activity = "ready"
            if let worker = workers[peer] { ledger.ready(number: worker.number, now: now) }
        case .heartbeat(let status):
            workers[peer]?.status = status
            actions.append(.send(.heartbeat, to: peer))
            // Its word that it is ready may be lost; while it prepares, a second welcome changes nothing.
            if workers[peer]?.slots == 0 { welcome(peer) }
        case .contentRequest(let request): actions.append(.serveContent(request, to: peer))
        case .leaving(let reason):
            lose(peer, reason: "it leaves: \(reason)", now: now)
            actions.append(.forget(peer))
        case .result(let result): accept(result, from: peer, now: now)
        }
    }

    /// A worker that is long at sending has its heartbeats and its other answers waiting behind the message.
    mutating func receivePart(from peer: Peer, now: Instant) {
        guard workers[peer] != nil else { return }
        workers[peer]?.lastHeard = now
        leases.postponeSending(to: peer, now: now)
        actions.append(.send(.heartbeat, to: peer))
    }

    private mutating func join(_ hello: Hello, peer: Peer, now: Instant) {
        if let refusal = refusal(of: hello) {
            actions.append(.log(.warning, "refused a worker of host \(hello.host): \(refusal)"))
            actions.append(.send(.refused(reason: refusal), to: peer))
            refusedPeers.insert(peer)
            return
        }
        if hasEnded {
            if let farewell { actions.append(.send(farewell, to: peer)) }
            return
        }
        if workers[peer] == nil {
            // The same worker over a new connection: the old one is dead, whether or not the transport has
            // noticed.
            for old in peers where workers[old]?.hello.workerID == hello.workerID {
                lose(old, reason: "it has reconnected", now: now)
                actions.append(.forget(old))
            }
            let number = numbers[hello.workerID] ?? numbers.count + 1
            numbers[hello.workerID] = number
            hosts[number] = hello.host
            workers[peer] = Worker(
                number: number, placementKey: Placement.key(of: hello.workerID), hello: hello, lastHeard: now,
                joined: now)
            peers.append(peer)
            ledger.join(number: number, hello, now: now)
            waitingForWorkersSince = nil
            actions.append(
                .log(
                    .info,
                    "worker \(number) joined from host \(hello.host) (process \(hello.processID), "
                        + "\(hello.threads) threads, \(hello.kernels))"))
            if hello.arithmetic != configuration.arithmetic {
                actions.append(
                    .log(
                        .warning,
                        "worker \(number) computes with other libraries (self-test \(hello.arithmetic)); "
                            + "results may differ from other runs"))
            }
        }
        // Who says hello begins anew: what was sent to it before is lost or dropped.
        workers[peer]?.weightsStep = nil
        workers[peer]?.unanswered = []
        _ = leases.release(peer, now: now)
        welcome(peer)
    }

    private mutating func welcome(_ peer: Peer) {
        guard let worker = workers[peer] else { return }
        let milliseconds = Int(configuration.limits.heartbeat.inSeconds * 1000)
        actions.append(
            .send(
                .welcome(
                    Welcome(
                        run: configuration.run, workerNumber: worker.number,
                        heartbeatMilliseconds: milliseconds,
                        session: configuration.session)), to: peer))
    }

    private func refusal(of hello: Hello) -> String? {
        if let reason = exclusions[hello.workerID] { return reason }
        if hello.protocolVersion != protocolVersion {
            return "it speaks protocol \(hello.protocolVersion), this coordinator \(protocolVersion); "
                + "install the same version of headstart on both"
        }
        if !hello.resumingRun.isEmpty, hello.resumingRun != configuration.run {
            return "it belongs to another run; start a new worker for this one"
        }
        if hello.arithmetic != configuration.arithmetic, !configuration.allowsDifferentArithmetic {
            return "its arithmetic self-test \(hello.arithmetic) differs from the coordinator's "
                + "\(configuration.arithmetic), so its results could too; use the same codec libraries, "
                + "or start the coordinator with --allow-different-arithmetic"
        }
        return nil
    }

    mutating func lose(_ peer: Peer, reason: String, now: Instant) {
        refusedPeers.remove(peer)
        guard let worker = workers.removeValue(forKey: peer) else { return }
        peers.removeAll { $0 == peer }
        let freed = leases.release(peer, now: now)
        ledger.leave(number: worker.number, reason: reason, now: now)
        if workers.isEmpty { waitingForWorkersSince = now }
        guard !hasEnded else { return }
        let lost = freed.isEmpty ? "it held no lease" : "\(freed.count) leases are free again"
        actions.append(
            .log(.warning, "worker \(worker.number) (host \(worker.hello.host)) is gone: \(reason); \(lost)"))
    }

    /// Gives every ready worker what it has room for, the most urgent first; the idle take over from the
    /// slow. What was lost with a worker is given away at once, to those that are busy too.
    mutating func grantLeases(_ now: Instant) {
        guard !hasEnded, workers.count >= configuration.minimumWorkers else { return }
        for (gradients, lost) in [(true, false), (false, false), (false, true)] {
            let age = takeoverAge(gradients: gradients)
            func hasWork() -> Bool {
                lost ? leases.hasLostWork : leases.hasWork(gradients: gradients, age: age, now: now)
            }
            // Most events free nothing: then no worker is looked at, of which there may be a thousand.
            guard hasWork() else { continue }
            let ready = responsiveNumbers(now)
            if !gradients { placeLeases() }
            // Who has nothing comes before who has something to do already.
            var candidates = peers.map { peer in
                (peer: peer, waiting: waiting(at: peer, gradients: gradients, lost: lost, now: now))
            }
            while hasWork(), let least = candidates.compactMap(\.waiting).min() {
                for place in candidates.indices where candidates[place].waiting == least {
                    let peer = candidates[place].peer
                    let entry = nextEntry(for: peer, gradients: gradients, lost: lost, ready: ready, now: now)
                    if let entry { send(entry, to: peer, now: now) }
                    candidates[place].waiting =
                        entry == nil ? nil : waiting(at: peer, gradients: gradients, lost: lost, now: now)
                    guard hasWork() else { break }
                }
            }
        }
    }

    /// The leases of a lane that wait at a worker, which has room for more; `nil` where it has none.
    private func waiting(at peer: Peer, gradients: Bool, lost: Bool, now: Instant) -> Int? {
        guard let worker = workers[peer], worker.slots > 0, worker.restsUntil <= now else { return nil }
        let room =
            gradients || lost
            ? ProtocolLimits.credit(gradients: gradients, slots: worker.slots) : worker.slots
        let queued = worker.queued(gradients: gradients, age: configuration.limits.workerTimeout, now: now)
        guard queued < room else { return nil }
        let waiting = max(leases.held(by: peer, gradients: gradients), queued)
        return waiting < room ? waiting : nil
    }

    private mutating func nextEntry(
        for peer: Peer, gradients: Bool, lost: Bool, ready: Set<Int>, now: Instant
    ) -> LeaseTable.Entry? {
        guard let worker = workers[peer] else { return nil }
        let entry = leases.grant(
            to: peer, worker: worker.number, gradients: gradients, lost: lost, now: now, ready: ready)
        if let entry {
            if let lost = entry.lostSince {
                actions.append(
                    .log(
                        .info,
                        "worker \(worker.number) took over \(entry.id), which was lost "
                            + "\(Int((now - lost).inSeconds * 1000)) ms before"))
            }
            return entry
        }
        guard !lost, leases.held(by: peer, gradients: gradients) == 0 else { return nil }
        return leases.takeOver(
            by: peer, worker: worker.number, gradients: gradients,
            age: takeoverAge(gradients: gradients), now: now, ready: ready)
    }

    private func takeoverAge(gradients: Bool) -> Duration {
        gradients ? configuration.limits.gradientTakeoverAfter : configuration.limits.takeoverAfter
    }

    /// The workers that work is left to: ready, and heard of lately. Nothing waits for one that is silent.
    func responsiveNumbers(_ now: Instant) -> Set<Int> {
        Set(
            peers.compactMap { workers[$0] }
                .filter { $0.slots > 0 && now - $0.lastHeard <= configuration.limits.heartbeat * 3 }
                .map(\.number))
    }

    /// Names for each piece of work the worker that has most of its pictures.
    private mutating func placeLeases() {
        let ready = peers.compactMap { workers[$0] }.filter { $0.slots > 0 }
        let candidates = ready.map { Placement.Candidate(number: $0.number, key: $0.placementKey) }
        if candidates != placedAmong {
            placedAmong = candidates
            leases.forgetPlaces()
        }
        guard candidates.count > 1 else { return }
        leases.place { entry in Placement.owner(of: entry.work.pictures, among: candidates) }
    }

    mutating func send(_ entry: LeaseTable.Entry, to peer: Peer, now: Instant) {
        workers[peer]?.unanswered.removeAll {
            $0.id == entry.id || now - $0.sent >= configuration.limits.workerTimeout
        }
        workers[peer]?.unanswered.append((entry.id, now))
        if let weightsStep = entry.work.weightsStep, workers[peer]?.weightsStep != weightsStep {
            workers[peer]?.weightsStep = weightsStep
            actions.append(.sendWeights(step: weightsStep, to: peer))
        }
        let attempt = workers[peer].map { entry.tries(of: $0.number) } ?? 0
        let lease = Lease(
            id: entry.id, run: configuration.run, weights: entry.weights, attempt: attempt, work: entry.work)
        actions.append(.send(.lease(lease), to: peer))
    }
}
