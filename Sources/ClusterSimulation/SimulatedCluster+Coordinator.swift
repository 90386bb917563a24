import ContentAddressing
import TrainingProtocol
import WireMessages

extension SimulatedCluster {
    /// Starts a coordinator process from the newest good checkpoint, or from scratch.
    mutating func startCoordinator() throws(Violation) {
        generation += 1
        joined = [:]
        readied = []
        testimony.forget()
        let loaded = sabotage.newest(of: disk)
        let position = loaded?.position ?? RunPosition()
        let untrained = FakeHeadState(counted: Array(repeating: 0, count: reference.readable.count))
        let state = loaded?.head ?? untrained
        trace.note(
            now, 50, generation, position.step,
            text: "coordinator \(generation) starts at step \(position.step), "
                + "\(position.history.count) epochs closed")
        if let reported = disk.reported, (position.step, position.history.count) < reported {
            throw .checkpointLost(reportedStep: reported.step, loadedStep: position.step)
        }
        guard state.step == position.step,
            !state.lies.isEmpty || state.value == reference.heads[state.step]
        else { throw .damagedCheckpoint(step: position.step) }
        coordinator = SimulatedCoordinator(
            machine: CoordinatorMachine(
                sabotage.configuration(configurationAtHand()), position: position),
            head: FakeHead(state, reference: reference, configuration: scenario.configuration),
            generation: generation)
        events.plan(
            .coordinatorTimer(generation: generation), at: now + Self.coordinatorTimerInterval)
        try feed(.started)
    }

    /// The run's configuration with the verdicts that this process finds.
    private mutating func configurationAtHand() -> CoordinatorConfiguration {
        var configuration = scenario.configuration
        configuration.readable = recorded
        configuration.process = UInt64(generation)
        guard generation > 1, scenario.memory != .lost else { return configuration }
        func known(_ picture: RunPicture) -> RunPicture {
            var picture = picture
            picture.verdict = picture.verdict ?? remembered[picture.digest]
            return picture
        }
        configuration.training = configuration.training.map(known)
        configuration.validation = configuration.validation.map(known)
        guard scenario.memory == .changed, hasRecord else { return configuration }
        let place = configuration.training.count - 1
        let changed = configuration.training[place].digest
        verdictsHaveChanged = true
        for pictures in [\CoordinatorConfiguration.training, \.validation] {
            for place in configuration[keyPath: pictures].indices
            where configuration[keyPath: pictures][place].digest == changed {
                let isBad = scenario.unreadable.contains(changed)
                configuration[keyPath: pictures][place].verdict =
                    isBad ? .readable : .unreadable(reason: "an old decoder said so")
            }
        }
        return configuration
    }

    /// Ends the coordinator's process; the next one starts after `down`.
    mutating func stopCoordinator(restartAfter down: SimulatedTime) {
        coordinator = nil
        coordinatorStandsStillUntil = 0
        for worker in workers.indices {
            if let connection = workers[worker].connection { close(connection) }
        }
        coordinatorPreparesFrom = now + (draw.next(below: 2) == 0 ? down / 2 : down)
        events.plan(.startCoordinator, at: now + down)
    }

    /// Passes an event to the coordinator's machine, and performs its actions.
    mutating func feed(_ event: CoordinatorEvent) throws(Violation) {
        for event in sabotage.events(event) {
            let time = instant
            if let machine = coordinator?.machine { coverage.note(event, in: machine) }
            guard let actions = coordinator?.machine.handle(event, now: time) else { return }
            for action in actions {
                for action in sabotage.actions(action) { try perform(action) }
            }
        }
        guard let (phase, fault) = scenario.faultInPhase, !hasStruckInPhase,
            let place = coordinator?.machine.phaseIndex, CoordinatorMachine.phaseNames[place] == phase,
            now + fault.lasts < scenario.calmFrom
        else { return }
        hasStruckInPhase = true
        events.plan(.fault(fault), at: now)
    }

    /// Checks the bounds of what is remembered.
    func watchMemory() throws(Violation) {
        guard let machine = coordinator?.machine else { return }
        let most = machine.workerCount + scenario.configuration.limits.workersRemembered
        guard machine.rememberedWorkerCount <= most else {
            throw .workerRecordsExceeded(count: machine.rememberedWorkerCount)
        }
    }

    private mutating func perform(_ action: CoordinatorAction) throws(Violation) {
        switch action {
        case .send(let message, let peer):
            switch message {
            case .lease(let lease):
                try watch(lease.id)
                if let process = joined[peer] { testimony.grant(lease.id, to: process) }
            case .refused(let reason): try checkRefusal(of: peer, reason)
            case .welcome: join(peer)
            default: break
            }
            transmit(message, to: peer)
        case .sendWeights(let step, let peer):
            guard let weights = coordinator?.published, weights.step == step else {
                throw .weightsNotPublished(step: step)
            }
            transmit(.weights(weights), to: peer)
        case .forget(let peer):
            joined[peer] = nil
            guard let connection = coordinator?.forget(peer: peer) else { return }
            let (worker, incarnation) = (connections[connection].worker, connections[connection].incarnation)
            trace.note(now, 51, peer, text: "coordinator forgets peer \(peer), worker \(worker)")
            if isSettled, !mayBeSetApart(worker, incarnation: incarnation) {
                throw .healthyWorkerLost(worker: worker)
            }
        case .keepFeatures(let step, let samples, let encoded):
            try noteFeatures(encoded)
            coordinator?.head.keep(
                step: step, samples: samples, encoded: encoded.map(FakeArithmetic.word(of:)))
        case .computePreactivations(let next): try reportSums(next)
        case .applyStep(let update, let next): try apply(update, next: next)
        case .publishWeights(let step, let digest):
            guard let state = coordinator?.head.state else { return }
            let value = FakeArithmetic.tensor(state.value)
            report(
                .weights(HeadWeights(step: step, digest: digest, kernel: value, outputLayers: value)),
                after: scenario.costs.sums)
        case .checkpoint(let position):
            guard let state = coordinator?.head.state else { return }
            try checkDisputes("a checkpoint")
            coordinator?.snapshots.append(
                sabotage.checkpoint(SimulatedCheckpoint(position: position, head: state)))
            report(.snapshot, after: scenario.costs.snapshot)
        case .decode(let pictures): decode(pictures)
        case .decide(let lease): decide(lease)
        case .remember(let picture): remembered[picture.digest] = picture.verdict
        case .picturesChecked(let new, let leftOut): try checkVerdicts(new: new, leftOut: leftOut)
        case .epochFinished(let record): try checkEpoch(record)
        case .log(_, let text): trace.note(now, 53, text: "coordinator: \(text)")
        case .finished(let end): try finish(end)
        case .serveContent(let request, let peer):
            transmit(
                .contentPiece(
                    ContentPiece(
                        digest: request.digest, offset: 0, totalByteCount: 1,
                        bytes: FrameBytes([UInt8](repeating: 0, count: 1)))), to: peer)
        }
    }

    /// The coordinator decodes pictures itself, on a separate thread.
    private mutating func decode(_ pictures: [RunPicture]) {
        guard let generation = coordinator?.generation else { return }
        let decoded = pictures.map { picture in
            if draw(Self.decodingFailures) {
                couldNotDecode = true
                return DecodedPicture(digest: picture.digest, verdict: nil, problem: "no memory is left")
            }
            let isBad = scenario.unreadable.contains(picture.digest)
            return DecodedPicture(
                digest: picture.digest,
                verdict: isBad ? .unreadable(reason: Scenario.unreadableReason) : .readable)
        }
        let longest = draw.next(below: 2) == 0 ? 10 * .millisecond : 3 * SimulatedTime.second
        events.plan(
            .decoded(decoded, generation: generation), at: now + drawTime(.millisecond...longest))
    }

    /// The coordinator computes a lease itself, on a separate thread.
    private mutating func decide(_ lease: Lease) {
        guard let generation = coordinator?.generation else { return }
        testimony.grant(lease.id, to: .coordinator)
        var machine = SimulatedWorker()
        machine.weights = coordinator?.published
        var outcome = machine.answer(to: lease.work, scenario: scenario)
        if draw(Self.decodingFailures) { outcome = .failed(reason: "no memory is left") }
        if !outcome.isAnswer { hasNoOpinion = true }
        let longest = draw.next(below: 2) == 0 ? 10 * .millisecond : 3 * SimulatedTime.second
        events.plan(
            .decided(LeaseResult(to: lease, seconds: 0, outcome: outcome), generation: generation),
            at: now + drawTime(.millisecond...longest))
    }

    /// The probability that the coordinator's own decoding or computing fails.
    private static let decodingFailures = 0.002

    private mutating func join(_ peer: Peer) {
        guard let connection = coordinator?.connectionOfPeer[peer] else { return }
        let end = connections[connection]
        let process = Testimony.ProcessName(worker: end.worker, incarnation: end.incarnation)
        joined[peer] = process
        readied.remove(process)
        let slots = joined.values.reduce(0) {
            $0 + min(scenario.workers[$1.worker].slots, scenario.configuration.limits.slotsPerWorker)
        }
        let most = coordinator?.mostSlots ?? 0
        coordinator?.mostSlots = max(most, slots)
    }

    /// Checks that only workers that have given a reason are refused.
    private func checkRefusal(of peer: Peer, _ reason: String) throws(Violation) {
        guard let connection = coordinator?.connectionOfPeer[peer] else { return }
        let end = connections[connection]
        guard mayBeSetApart(end.worker, incarnation: end.incarnation) else {
            throw .soundWorkerSetApart(worker: end.worker, reason: reason)
        }
    }

    /// Checks the bounds of what is leased.
    private mutating func watch(_ id: LeaseID) throws(Violation) {
        guard let step = coordinator?.machine.position.step else { return }
        let configuration = scenario.configuration
        let limits = configuration.limits
        // Assumes as many workers as there ever were, and the smallest features.
        let slots = coordinator?.mostSlots ?? 0
        let featureBytes = configuration.exchange == .factors ? FakeArithmetic.featureBytes : nil
        let window = max(
            1, limits.lookahead(slots: slots, featureBytes: featureBytes) / configuration.batchSize)
        if id.kind == .extract, id.step > step + 1 + window {
            throw .lookaheadExceeded(step: id.step, current: step)
        }
        coordinator?.openLeases.sent(id)
        let chunks = (configuration.batchSize + TrainingSchedule.chunkSize - 1) / TrainingSchedule.chunkSize
        let most = (window + 3) * chunks + limits.checksAhead(slots: slots) + configuration.validation.count
        if let count = coordinator?.openLeases.count, count > most { throw .leaseTableExceeded(count: count) }
    }

    // MARK: The head's thread

    /// The head's thread reports after everything that it was asked for before.
    private mutating func report(_ report: HeadReport, after cost: SimulatedTime) {
        guard let coordinator else { return }
        let done = max(now, coordinator.headIsBusyUntil) + cost
        self.coordinator?.headIsBusyUntil = done
        self.coordinator?.headBusy += cost
        events.plan(.head(report, generation: coordinator.generation), at: done)
    }

    private mutating func reportSums(_ next: StepSamples) throws(Violation) {
        guard let works = try coordinator?.head.sums(of: next) else { return }
        report(.sums(step: next.step, works), after: scenario.costs.sums)
    }

    private mutating func apply(_ update: StepUpdate, next: StepSamples?) throws(Violation) {
        trace.note(now, 54, update.step, text: "coordinator applies step \(update.step)")
        try noteGradients(update)
        for _ in 0..<sabotage.applications { try coordinator?.head.apply(update) }
        if let step = coordinator?.head.state.step, step != update.step + 1 {
            throw .wrongStep(applied: step - 1, expected: update.step)
        }
        if let next { try reportSums(next) }
        report(.applied(step: update.step), after: scenario.costs.update)
    }

    mutating func take(_ report: HeadReport) throws(Violation) {
        switch report {
        case .sums(let step, let works):
            trace.note(now, 55, step, text: "coordinator: the sums of step \(step) are ready")
            try feed(.preactivationsReady(step: step, chunks: works))
        case .applied(let step):
            trace.note(now, 56, step, text: "coordinator: step \(step) is applied")
            try feed(.stepApplied(step: step))
        case .weights(let weights):
            trace.note(now, 57, weights.step, text: "coordinator publishes weights of step \(weights.step)")
            coordinator?.published = weights
            try feed(.weightsReady(step: weights.step))
        case .snapshot: writeSnapshot()
        }
    }

    mutating func writeSnapshot() {
        guard let snapshot = coordinator?.snapshots.first else { return }
        coordinator?.snapshots.removeFirst()
        if sabotage.reportsEarly { disk.report(snapshot) }
        trace.note(
            now, 58, snapshot.position.step,
            text: "coordinator: a checkpoint of step \(snapshot.position.step) is to be written")
        if disk.write(snapshot) { planWrite() }
    }

    mutating func planWrite() {
        events.plan(.written(generation: generation), at: now + scenario.costs.write)
    }
}
