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

    private mutating func join(_ hello: Hello, peer: Peer, now: Instant) {
        if let refusal = refusal(of: hello) {
            actions.append(.log(.warning, "refused a worker of host \(hello.host): \(refusal)"))
            actions.append(.send(.refused(reason: refusal), to: peer))
            return
        }
        if hasEnded {
            actions.append(.send(.goodbye(reason: "the run has ended", final: true), to: peer))
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
            workers[peer] = Worker(number: number, hello: hello, lastHeard: now, joined: now)
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
        _ = leases.release(peer)
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
        guard let worker = workers.removeValue(forKey: peer) else { return }
        peers.removeAll { $0 == peer }
        let freed = leases.release(peer)
        ledger.leave(number: worker.number, reason: reason, now: now)
        if workers.isEmpty { waitingForWorkersSince = now }
        guard !hasEnded else { return }
        let lost = freed.isEmpty ? "it held no lease" : "\(freed.count) leases are free again"
        actions.append(
            .log(.warning, "worker \(worker.number) (host \(worker.hello.host)) is gone: \(reason); \(lost)"))
    }

    /// Gives every ready worker what it has room for, the most urgent first; the idle take over from the
    /// slow.
    mutating func grantLeases(_ now: Instant) {
        guard !hasEnded, workers.count >= configuration.minimumWorkers else { return }
        for gradients in [true, false] {
            let age = takeoverAge(gradients: gradients)
            func hasWork() -> Bool { leases.hasWork(gradients: gradients, age: age, now: now) }
            // Most events free nothing: then no worker is looked at, of which there may be a thousand.
            guard hasWork() else { continue }
            let ready = readyNumbers
            var granted = true
            while granted {
                granted = false
                // One each in turn, so that work spreads evenly.
                for peer in peers where hasRoom(peer, gradients: gradients, now: now) {
                    if let entry = nextEntry(for: peer, gradients: gradients, ready: ready, now: now) {
                        send(entry, to: peer, now: now)
                        granted = hasWork()
                        guard granted else { break }
                    }
                }
            }
        }
    }

    private func hasRoom(_ peer: Peer, gradients: Bool, now: Instant) -> Bool {
        guard let worker = workers[peer], worker.slots > 0 else { return false }
        let room = gradients ? Self.gradientsPerWorker : worker.slots
        let queued = worker.queued(gradients: gradients, age: configuration.limits.workerTimeout, now: now)
        return max(leases.held(by: peer, gradients: gradients), queued) < room
    }

    /// Chunks of gradients that one worker holds at a time.
    private static let gradientsPerWorker = 8

    private mutating func nextEntry(
        for peer: Peer, gradients: Bool, ready: Set<Int>, now: Instant
    ) -> LeaseTable.Entry? {
        guard let worker = workers[peer] else { return nil }
        let entry = leases.grant(to: peer, worker: worker.number, gradients: gradients, now: now) { number in
            ready.contains(number)
        }
        if let entry { return entry }
        guard leases.held(by: peer, gradients: gradients) == 0 else { return nil }
        return leases.takeOver(
            by: peer, gradients: gradients, age: takeoverAge(gradients: gradients), now: now)
    }

    private func takeoverAge(gradients: Bool) -> Duration {
        gradients ? configuration.limits.gradientTakeoverAfter : configuration.limits.takeoverAfter
    }

    private var readyNumbers: Set<Int> {
        Set(peers.compactMap { workers[$0] }.filter { $0.slots > 0 }.map(\.number))
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
        actions.append(.send(.lease(Lease(id: entry.id, run: configuration.run, work: entry.work)), to: peer))
    }

    /// Takes the first answer to a lease; drops and counts the rest.
    private mutating func accept(_ result: LeaseResult, from peer: Peer, now: Instant) {
        workers[peer]?.unanswered.removeAll { $0.id == result.id }
        guard result.run == configuration.run, !hasEnded else {
            return
        }
        if let worker = workers[peer] { ledger.answer(number: worker.number, result) }
        if case .failed(let reason) = result.outcome {
            guard let failures = leases.fail(result.id, by: peer), let worker = workers[peer] else { return }
            actions.append(.log(.warning, "worker \(worker.number) could not do \(result.id): \(reason)"))
            if failures >= configuration.limits.failuresPerLease {
                end(
                    .failed(
                        reason:
                            "\(result.id) failed \(failures) times, last on host \(worker.hello.host): \(reason)"
                    ))
            }
            return
        }
        guard let entry = leases.complete(result.id) else {
            return
        }
        if let worker = workers[peer] { ledger.use(number: worker.number, entry.work) }
        if let problem = use(result, for: entry, worker: workers[peer]?.number) {
            // The answer does not fit what was asked: the work stays open, and the worker is set apart.
            leases.add(entry.id, work: entry.work)
            actions.append(
                .log(.error, "worker \(workers[peer]?.number ?? 0) answered \(result.id) with \(problem)"))
            actions.append(.send(.refused(reason: "its answer to \(result.id) had \(problem)"), to: peer))
            lose(peer, reason: "its answer had \(problem)", now: now)
            actions.append(.forget(peer))
        }
    }

    /// Puts an answer to its use; a text says what is wrong with it.
    private mutating func use(_ result: LeaseResult, for entry: LeaseTable.Entry, worker: Int?) -> String? {
        switch (entry.work, result.outcome) {
        case (.check, .checked(let reasons)): recordCheck(entry.id, reasons: reasons)
        case (.extract(let samples, let returnsFeatures), .extracted(let encoded)):
            encoded.count == (returnsFeatures ? samples.count : 0)
                ? recordFeatures(entry.id, encoded: encoded, worker: worker) : "\(encoded.count) features"
        case (.factorGradient(let work), .factorGradient(let gradient)):
            gradient.scores.count == work.labels.count && gradient.delta.shape.first == work.labels.count
                ? recordGradient(entry.id, result.outcome) : "another number of samples"
        case (.denseGradient(let samples, _, _), .denseGradient(_, let gradient)):
            gradient.scores.count == samples.count && gradient.delta.shape.first == samples.count
                ? recordGradient(entry.id, result.outcome) : "another number of samples"
        case (.evaluate(let samples, _), .evaluated(let scores)):
            scores.count == samples.count ? recordScores(entry.id, scores) : "another number of samples"
        default: "an answer of another kind"
        }
    }
}
