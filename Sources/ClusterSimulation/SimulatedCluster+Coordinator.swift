import TrainingProtocol
import WireMessages

extension SimulatedCluster {
    /// A coordinator's process starts from the newest good checkpoint, or anew.
    mutating func startCoordinator() throws(Violation) {
        generation += 1
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
        guard state.step == position.step, state.value == reference.heads[state.step] else {
            throw .damagedCheckpoint(step: position.step)
        }
        coordinator = SimulatedCoordinator(
            machine: CoordinatorMachine(
                sabotage.configuration(scenario.configuration), position: position),
            head: FakeHead(state, reference: reference, configuration: scenario.configuration),
            generation: generation)
        events.plan(
            .coordinatorTimer(generation: generation), at: now + Self.coordinatorTimerInterval)
        try feed(.started)
    }

    /// The process is gone; `restartAfter` says when the next one comes.
    mutating func stopCoordinator(restartAfter down: SimulatedTime) {
        coordinator = nil
        for worker in workers.indices {
            if let connection = workers[worker].connection { close(connection) }
        }
        events.plan(.startCoordinator, at: now + down)
    }

    /// Tells the coordinator's machine what happens, and does what it wants.
    mutating func feed(_ event: CoordinatorEvent) throws(Violation) {
        for event in sabotage.events(event) {
            let time = instant
            guard let actions = coordinator?.machine.handle(event, now: time) else { return }
            for action in actions {
                for action in sabotage.actions(action) { try perform(action) }
            }
        }
    }

    /// The bounds of what is remembered.
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
            if case .lease(let lease) = message { try watch(lease.id) }
            if case .refused(let reason) = message { try checkRefusal(of: peer, reason) }
            transmit(message, to: peer)
        case .sendWeights(let step, let peer):
            guard let weights = coordinator?.published, weights.step == step else {
                throw .weightsNotPublished(step: step)
            }
            transmit(.weights(weights), to: peer)
        case .forget(let peer):
            guard let connection = coordinator?.forget(peer: peer) else { return }
            let (worker, incarnation) = (connections[connection].worker, connections[connection].incarnation)
            trace.note(now, 51, peer, text: "coordinator forgets peer \(peer), worker \(worker)")
            if isSettled, !mayBeSetApart(worker, incarnation: incarnation) {
                throw .healthyWorkerLost(worker: worker)
            }
        case .keepFeatures(let step, let samples, let encoded):
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
            coordinator?.snapshots.append(
                sabotage.checkpoint(SimulatedCheckpoint(position: position, head: state)))
            report(.snapshot, after: scenario.costs.snapshot)
        case .picturesChecked(_, let leftOut):
            guard leftOut.count == reference.leftOut,
                leftOut.allSatisfy({ scenario.unreadable.contains($0.digest) })
            else { throw .wrongVerdicts }
        case .epochFinished(let record):
            trace.note(now, 52, record.epoch, text: "coordinator: epoch \(record.epoch) is closed")
            guard reference.history.indices.contains(record.epoch),
                Self.agree(record, reference.history[record.epoch])
            else { throw .wrongEpoch(epoch: record.epoch) }
        case .log(_, let text): trace.note(now, 53, text: "coordinator: \(text)")
        case .finished(let end): try finish(end)
        case .serveContent: break
        }
    }

    /// Only who gave reason for it may be sent away.
    private func checkRefusal(of peer: Peer, _ reason: String) throws(Violation) {
        guard let connection = coordinator?.connectionOfPeer[peer] else { return }
        let end = connections[connection]
        guard mayBeSetApart(end.worker, incarnation: end.incarnation) else {
            throw .soundWorkerSetApart(worker: end.worker, reason: reason)
        }
    }

    /// Whether two records agree but for the time that the epoch took.
    private static func agree(_ left: EpochRecord, _ right: EpochRecord) -> Bool {
        var left = left
        left.seconds = right.seconds
        return left == right
    }

    /// The bounds of what is leased.
    private mutating func watch(_ id: LeaseID) throws(Violation) {
        guard let step = coordinator?.machine.position.step else { return }
        let configuration = scenario.configuration
        let limits = configuration.limits
        // As if all workers were there, those whose end nobody noticed too, with the smallest features.
        let slots = zip(scenario.workers, workers).reduce(0) {
            $0 + min($1.0.slots, limits.slotsPerWorker) * ($1.1.incarnation + 1)
        }
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

    /// The thread reports after all that it was asked for before.
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
        for _ in 0..<sabotage.applications { try coordinator?.head.apply(update) }
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

    private mutating func writeSnapshot() {
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

    // MARK: The end

    /// Whether the workers that are there can't make up for the one with a defect.
    private func isAtALoss(_ machine: CoordinatorMachine) -> Bool {
        let count = machine.progress(now: instant).workers.count
        return switch scenario.workers.compactMap(\.defect).first {
        case .corrupts: count < 3
        case .fails: count < 2
        case nil: false
        }
    }

    private mutating func finish(_ outcome: RunEnd) throws(Violation) {
        trace.note(now, 59, text: "the coordinator ends: \(outcome)")
        guard let machine = coordinator?.machine, let head = coordinator?.head else { return }
        switch outcome {
        case .failed(let reason):
            guard isAtALoss(machine) else { throw .runFailed(reason: reason) }
            end = outcome
        case .interrupted:
            // Everything is written before the process ends.
            while coordinator?.snapshots.isEmpty == false { writeSnapshot() }
            disk.drain()
            end = outcome
        case .completed, .stoppedEarly:
            let stopsEarly = reference.history.count < scenario.configuration.epochs
            let history = machine.position.history
            guard history.count == reference.history.count,
                zip(history, reference.history).allSatisfy(Self.agree)
            else { throw .wrongHistory }
            guard head.state.value == reference.heads[reference.heads.count - 1] else {
                throw .wrongHead(step: machine.position.step)
            }
            if case .stoppedEarly = outcome, !stopsEarly { throw .endsDiffer }
            end = outcome
        }
    }
}
