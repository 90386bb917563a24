import WireMessages

extension CoordinatorMachine {
    mutating func receive(_ message: WorkerMessage, from peer: Peer, now: Instant) {
        if case .hello(let hello) = message {
            join(hello, peer: peer, now: now)
            return
        }
        guard workers[peer] != nil else {
            // A worker of an earlier coordinator, or one that was considered lost: it must say hello again.
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
        hear(peer, now: now)
        switch message {
        case .hello: break
        case .ready(let slots): makeReady(peer, slots: slots, now: now)
        case .heartbeat(let status):
            take(status, of: peer, now: now)
            actions.append(.send(.heartbeat, to: peer))
            // The worker's `ready` may have been lost. While it prepares, a second welcome changes nothing.
            if workers[peer]?.slots == 0 { welcome(peer) }
        case .contentRequest(let request):
            noteProgress(of: peer, now: now)
            actions.append(.serveContent(request, to: peer))
        case .leaving(let reason):
            lose(peer, reason: "it leaves: \(reason)", now: now)
            actions.append(.forget(peer))
        case .result(let result): accept(result, from: peer, now: now)
        }
    }

    private mutating func hear(_ peer: Peer, now: Instant) {
        workers[peer]?.lastHeard = now
        if let worker = workers[peer], worker.slots > 0 { ready.note(worker.number, heard: now) }
    }

    private mutating func makeReady(_ peer: Peer, slots: Int, now: Instant) {
        guard let worker = workers[peer] else { return }
        if worker.slots == 0 {
            leases.place(
                among: Placement.Candidate(number: worker.number, key: worker.placementKey))
        }
        let slots = min(max(slots, 1), configuration.limits.slotsPerWorker)
        slotsThatAreThere += slots - worker.slots
        workers[peer]?.slots = slots
        workers[peer]?.status.activity = "ready"
        changedWorkers.insert(peer)
        ready.note(worker.number, heard: now)
        ledger.ready(number: worker.number, now: now)
    }

    /// Counts part of a message as a sign of life: while a worker sends a long message, its heartbeats and
    /// other answers wait behind it.
    mutating func receivePart(from peer: Peer, now: Instant) {
        guard workers[peer] != nil else { return }
        hear(peer, now: now)
        leases.postponeSending(to: peer, now: now)
        actions.append(.send(.heartbeat, to: peer))
    }

    private mutating func join(_ hello: Hello, peer: Peer, now: Instant) {
        if let refusal = refusal(of: hello) {
            note(
                .warning, .refused, by: "host \(hello.host)",
                "refused a worker of host \(hello.host): \(refusal)")
            actions.append(.send(.refused(reason: refusal), to: peer))
            refusedPeers.insert(peer)
            return
        }
        if hasEnded {
            if let farewell { actions.append(.send(farewell, to: peer)) }
            return
        }
        if workers[peer] == nil {
            if let number = numbers[hello.workerID], breach(by: number) {
                refuse(hello, number, peer: peer, now: now)
                return
            }
            // The same worker over a new connection: the old connection is dead, whether or not the transport
            // has noticed.
            if let old = numbers[hello.workerID].flatMap({ peerOfNumber[$0] }) {
                lose(old, reason: "it has reconnected", now: now)
                actions.append(.forget(old))
            }
            let number = numbers[hello.workerID] ?? lastNumber + 1
            lastNumber = max(lastNumber, number)
            numbers[hello.workerID] = number
            hosts[number] = (hello.host, hello.workerID)
            joins += 1
            workers[peer] = Worker(
                number: number, order: joins, placementKey: Placement.key(of: hello.workerID), hello: hello,
                lastHeard: now, joined: now)
            peers.append(peer)
            peerOfNumber[number] = peer
            ledger.join(number: number, hello, now: now)
            recall(number, hello)
            waitingForWorkersSince = nil
            let host = hostName(of: number)
            note(
                .info, .joined, by: host,
                "worker \(number) joined from \(host) (process \(hello.processID), \(hello.threads) threads, "
                    + "\(hello.kernels))")
            if hello.arithmetic != configuration.arithmetic {
                note(
                    .warning, .joined, by: host,
                    "worker \(number) computes with other libraries (self-test \(hello.arithmetic)); "
                        + "results may differ from other runs")
            }
        }
        // A worker that says hello starts afresh: what was sent to it before is lost or dropped.
        workers[peer]?.weightsStep = nil
        workers[peer]?.unanswered = []
        if let number = workers[peer]?.number { ready.forgetWork(of: number) }
        away.formUnion(leases.held(by: peer).map(\.id))
        changedWorkers.insert(peer)
        _ = leases.release(peer, now: now)
        welcome(peer)
    }

    /// Refuses a worker that has joined too often.
    private mutating func refuse(_ hello: Hello, _ number: Int, peer: Peer, now: Instant) {
        let reason = "it joins again and again; find out why its connection ends, then start a new process"
        exclude(hello.workerID, because: reason)
        note(
            .error, .setApart, by: hostName(of: number), "\(nameOfWorker(number)) is set apart: \(reason)")
        if let old = peerOfNumber[number] {
            lose(old, reason: "it is set apart", now: now)
            actions.append(.forget(old))
        }
        actions.append(.send(.refused(reason: reason), to: peer))
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
        if let reason = Reception.refusal(of: hello) { return reason }
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
        peerOfNumber[worker.number] = nil
        ready.remove(worker.number)
        changedWorkers.insert(peer)
        slotsThatAreThere -= worker.slots
        if let wakesAt = worker.wakesAt { wakes.remove(WorkerWake(time: wakesAt, peer: peer)) }
        if worker.slots > 0 { leases.place(without: worker.number) }
        away.formUnion(leases.held(by: peer).map(\.id))
        let freed = leases.release(peer, now: now)
        if let forgotten = ledger.leave(number: worker.number, reason: reason, now: now),
            let name = hosts.removeValue(forKey: forgotten)?.name
        {
            numbers[name] = nil
            // If it came back it would count as another worker, and must not confirm its own answers.
            leases.forgetTries(of: forgotten)
            owes[forgotten] = nil
            proved[forgotten] = nil
        }
        if workers.isEmpty { waitingForWorkersSince = now }
        guard !hasEnded else { return }
        let lost = freed.isEmpty ? "it held no lease" : "\(freed.count) leases are free again"
        note(
            .warning, .left, by: "host \(worker.hello.host)",
            "worker \(worker.number) (host \(worker.hello.host)) is gone: \(reason); \(lost)")
    }
}
