import ContentAddressing
import TrainingProtocol
import WireMessages

extension SimulatedCluster {
    /// Starts a new process in a worker's place.
    mutating func startWorker(_ worker: Int) throws(Violation) {
        let incarnation = workers[worker].incarnation
        let hello = Hello(
            protocolVersion: protocolVersion, workerID: "worker \(worker).\(incarnation)",
            host: "host-\(worker)", processID: 1, threads: 1, kernels: "avx2",
            arithmetic: scenario.workers[worker].hasOtherArithmetic
                ? FakeArithmetic.digest(3) : scenario.configuration.arithmetic)
        workers[worker].machine = WorkerMachine(hello: hello, address: "tcp://coordinator")
        workers[worker].misconduct = misconduct(of: worker, incarnation: incarnation)
        workers[worker].begun = Array(repeating: 0, count: WorkerTask.allCases.count)
        workers[worker].weights = nil
        workers[worker].work = SimulatedWorker.Lane()
        workers[worker].gradients = SimulatedWorker.Lane()
        trace.note(now, 40, worker, text: "worker \(worker) starts")
        openSocket(worker)
        events.plan(
            .workerTimer(worker, incarnation: incarnation),
            at: now + drawTime(0...scenario.workers[worker].timerInterval))
        try feed(.started, to: worker)
    }

    /// Ends a worker's process without a message.
    mutating func killWorker(_ worker: Int) {
        workers[worker].machine = nil
        workers[worker].incarnation += 1
        workers[worker].unsent = []
        if let connection = workers[worker].connection { close(connection) }
    }

    /// Passes an event to a worker's machine, and performs its actions.
    mutating func feed(_ event: WorkerEvent, to worker: Int) throws(Violation) {
        for event in sabotage.events(event, at: worker) {
            let time = Instant(.nanoseconds(now + workers[worker].clockAhead))
            if let machine = workers[worker].machine { coverage.note(event, in: machine) }
            guard let actions = workers[worker].machine?.handle(event, now: time) else { return }
            for action in actions { try perform(sabotage.action(action, at: worker), by: worker) }
        }
    }

    /// The time on the coordinator's clock.
    var instant: Instant { Instant(.nanoseconds(now + coordinatorClockAhead)) }

    private mutating func perform(_ action: WorkerAction?, by worker: Int) throws(Violation) {
        guard let action else { return }
        switch action {
        case .send(let message): transmit(message, from: worker)
        case .prepare:
            var duration = scenario.workers[worker].preparation
            if case .hangs(_, let lasts)? = workers[worker].misconduct?.manner,
                workers[worker].misconduct?.task == .prepare
            {
                guard let lasts else { return }
                duration += lasts
            }
            // It doesn't have the weights.
            if draw.next(below: 2) == 0 { askForContent(worker) }
            events.plan(
                .prepared(worker: worker, incarnation: workers[worker].incarnation), at: now + duration)
        case .start(let lease):
            if lease.work.isFactorGradient {
                workers[worker].gradients.waiting.append(.lease(lease))
                beginWork(worker, isGradient: true)
            } else {
                workers[worker].work.waiting.append(.lease(lease))
                beginWork(worker, isGradient: false)
            }
            let count = workers[worker].waitingCount
            let credit = [true, false].reduce(0) {
                $0 + ProtocolLimits.credit(gradients: $1, slots: scenario.workers[worker].slots)
            }
            guard count <= credit else {
                throw .workerQueueExceeded(worker: worker, count: count)
            }
        case .dropLeases:
            workers[worker].work.waiting.removeAll { if case .lease = $0 { true } else { false } }
            workers[worker].gradients.waiting = []
        case .keepWeights(let weights):
            workers[worker].work.waiting.append(.weights(weights))
            beginWork(worker, isGradient: false)
        case .contentArrived: break
        case .reconnect:
            trace.note(now, 41, worker, text: "worker \(worker) makes a new socket")
            let incarnation = workers[worker].incarnation
            if isSettled, !mayBeSetApart(worker, incarnation: incarnation) {
                throw .healthyWorkerLost(worker: worker)
            }
            openSocket(worker)
        case .log(_, let text): trace.note(now, 42, worker, text: "worker \(worker): \(text)")
        case .leave(let end): try leave(worker, end)
        }
    }

    private mutating func leave(_ worker: Int, _ end: WorkerEnd) throws(Violation) {
        trace.note(now, 43, worker, text: "worker \(worker) leaves: \(end)")
        let mayBeSetApart = mayBeSetApart(worker, incarnation: workers[worker].incarnation)
        killWorker(worker)
        if case .failed = end, mayBeSetApart {
            events.plan(.startWorker(worker, incarnation: workers[worker].incarnation), at: now + .second)
            return
        }
        // Its clock jumped ahead, or it heard of an end that was not the run's.
        let hasReason =
            workers[worker].clockAhead > 30 * .second || "\(end)".contains(Scenario.ownersReason)
        if hasReason {
            events.plan(.startWorker(worker, incarnation: workers[worker].incarnation), at: now + .second)
            return
        }
        if case .unserved(let reason) = end { throw .workerGaveUp(worker: worker, reason: reason) }
        if case .failed(let reason) = end { throw .workerGaveUp(worker: worker, reason: reason) }
        guard self.end == nil, coordinator?.machine.hasEnded != true, !isStopping else { return }
        throw .workerGaveUp(worker: worker, reason: "\(end)")
    }

    /// Whether the coordinator may have a reason to set the worker apart.
    func mayBeSetApart(_ worker: Int, incarnation: Int) -> Bool {
        misconduct(of: worker, incarnation: incarnation) != nil || scenario.network.failures > 0
            || scenario.configuration.limits.breachesPerWorker < ProtocolLimits().breachesPerWorker
    }

    func misconduct(of worker: Int, incarnation: Int) -> Misconduct? {
        incarnation == 0 ? scenario.workers[worker].misconduct : nil
    }

    // MARK: A worker's threads

    /// The thread takes the next waiting item if it is idle.
    private mutating func beginWork(_ worker: Int, isGradient: Bool) {
        var lane = isGradient ? workers[worker].gradients : workers[worker].work
        while lane.current == nil, !lane.waiting.isEmpty {
            switch lane.waiting.removeFirst() {
            case .weights(let weights): workers[worker].weights = weights
            case .lease(let lease):
                lane.current = lease
                let duration =
                    scenario.costs.gradient
                    + SimulatedTime(lease.work.pictureCount) * scenario.workers[worker].timePerPicture
                workers[worker].busy += duration
                guard let stuck = stuck(worker, lease) else { continue }
                events.plan(
                    .worked(
                        worker: worker, incarnation: workers[worker].incarnation, isGradient: isGradient),
                    at: now + duration + stuck)
                if draw(Self.requestShare) { askForContent(worker) }
            }
        }
        if isGradient { workers[worker].gradients = lane } else { workers[worker].work = lane }
    }

    private mutating func askForContent(_ worker: Int) {
        let request = ContentRequest(digest: scenario.configuration.arithmetic, offset: 0, length: 1)
        transmit(.contentRequest(request), from: worker)
    }

    mutating func finishWork(_ worker: Int, isGradient: Bool) throws(Violation) {
        let done = isGradient ? workers[worker].gradients.current : workers[worker].work.current
        guard let lease = done else { return }
        if isGradient { workers[worker].gradients.current = nil } else { workers[worker].work.current = nil }
        var view = workers[worker]
        let work = sabotage.work(lease.work, at: worker, &view.weights)
        let fails = draw(scenario.network.failures) && failed.insert(lease.id).inserted
        let outcome =
            fails
            ? Outcome.failed(reason: "picture \(work.pictures.first?.hex ?? "unknown") can't be had")
            : spoiled(sabotage.outcome(view.answer(to: work, scenario: scenario)), of: lease, by: worker)
        trace.note(now, 44, worker, lease.id.code, text: "worker \(worker) has done \(lease.id)")
        try feed(
            .leaseFinished(LeaseResult(to: lease, seconds: 0, outcome: outcome)), to: worker)
        let begun = workers[worker].begun.reduce(0, +)
        let status = WorkerStatus(picturesExtracted: begun, picturesFromStore: 0, activity: "\(lease.id)")
        try feed(.statusChanged(status), to: worker)
        beginWork(worker, isGradient: isGradient)
    }

    /// How long the worker's thread is stuck with a lease; `nil` for ever.
    private mutating func stuck(_ worker: Int, _ lease: Lease) -> SimulatedTime? {
        let task = WorkerTask(lease.work)
        let number = workers[worker].begun[task.rawValue]
        workers[worker].begun[task.rawValue] += 1
        guard let misconduct = workers[worker].misconduct, misconduct.happens(in: task, number: number),
            case .hangs(let beats, let lasts) = misconduct.manner
        else {
            let isSlow = workers[worker].misconduct?.happens(in: task, number: number) ?? false
            return isSlow ? workers[worker].misconduct?.delay(number: number) : 0
        }
        trace.note(now, 45, worker, text: "worker \(worker) is stuck with \(lease.id)")
        if beats { return lasts }
        workers[worker].pausedUntil = lasts.map { now + $0 } ?? Self.never
        return 0
    }

    static let never = SimulatedTime.max / 2

    /// The answer of a worker, which is wrong if its misconduct affects the lease.
    private mutating func spoiled(_ outcome: Outcome, of lease: Lease, by worker: Int) -> Outcome {
        let task = WorkerTask(lease.work)
        let number = workers[worker].begun[task.rawValue] - 1
        guard let misconduct = workers[worker].misconduct, misconduct.happens(in: task, number: number),
            outcome.isAnswer
        else { return outcome }
        let spoiled = outcome.spoiled(misconduct.manner, word: draw.next())
        guard spoiled.isAnswer, spoiled.word != outcome.word else { return spoiled }
        trace.note(now, 46, worker, text: "worker \(worker) lies about \(lease.id)")
        testimony.lie(lease, word: spoiled.word, favours: misconduct.manner == .callsReadable)
        return spoiled
    }

    /// The probability that a worker asks for content, and that a message arrives in parts.
    static let requestShare = 0.05
}
