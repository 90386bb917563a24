import TrainingProtocol
import WireMessages

extension SimulatedCluster {
    // MARK: False answers

    /// Notes whether features that are being kept are false.
    mutating func noteFeatures(_ encoded: [Tensor]) throws(Violation) {
        guard !testimony.isEmpty, let id = arriving else { return }
        let isLie = testimony.isLie(id, word: Outcome.extracted(encoded).word)
        if isLie { try excuse(id) }
        coordinator?.head.note(id, isLie: isLie)
    }

    /// Notes false gradients that go into an update.
    mutating func noteGradients(_ update: StepUpdate) throws(Violation) {
        guard !testimony.isEmpty else { return }
        for (chunk, answer) in update.chunks.enumerated() {
            let id = LeaseID(kind: .gradient, step: update.step, chunk: chunk)
            guard testimony.isLie(id, word: answer.outcome.word) else { continue }
            try excuse(id)
            coordinator?.head.note([id])
        }
    }

    /// Throws if a false answer is used that should have been noticed.
    private func excuse(_ id: LeaseID) throws(Violation) {
        if testimony.isVerified(id) { throw .unverifiedAnswerUsed(id) }
    }

    /// Throws if a false answer that another worker has contradicted is about to become permanent.
    func checkDisputes(_ what: String) throws(Violation) {
        guard let lies = coordinator?.head.state.lies, !lies.isEmpty,
            let lie = lies.first(where: testimony.contradicted.contains)
        else { return }
        throw .passedDispute(what, over: lie)
    }

    // MARK: Pictures and epochs

    mutating func checkVerdicts(new: [RunPicture], leftOut: [RunPicture]) throws(Violation) {
        for picture in new { remembered[picture.digest] = picture.verdict }
        if coordinator?.machine.hasEnded == false {
            hasRecord = true
            let before = recorded
            recorded = coordinator?.machine.position.readable
            // Where somebody has lied, the memory may have changed into what was said.
            if verdictsHaveChanged, before != recorded { throw .otherPictures }
        }
        let isRight =
            leftOut.count == reference.leftOut
            && leftOut.allSatisfy { scenario.unreadable.contains($0.digest) }
        guard !isRight else { return }
        // A worker that calls unreadable pictures readable is only found out when they are needed.
        let onlyReadable = leftOut.allSatisfy { scenario.unreadable.contains($0.digest) }
        guard testimony.favoured && onlyReadable || verdictsHaveChanged else { throw .wrongVerdicts }
        guard testimony.favoured else { return }
        reference = ReferenceRun(scenario, unreadable: Set(leftOut.map(\.digest)), goesOn: true)
        coordinator?.head.reference = reference
        let counted = [UInt8](repeating: 0, count: reference.readable.count)
        if coordinator?.head.state.step == 0 { coordinator?.head.forget(counted: counted) }
    }

    mutating func checkEpoch(_ record: EpochRecord) throws(Violation) {
        trace.note(now, 52, record.epoch, text: "coordinator: epoch \(record.epoch) is closed")
        let lies = testimony.toldOfEvaluation(epoch: record.epoch)
        let isRight =
            reference.history.indices.contains(record.epoch)
            && Self.agree(record, reference.history[record.epoch])
        let wasRight = coordinator?.head.state.lies.isEmpty ?? true
        if !isRight, wasRight {
            guard !lies.isEmpty else { throw .wrongEpoch(epoch: record.epoch) }
            let open = lies.filter { !testimony.contradicted.contains($0) }
            guard let lie = lies.first, !open.isEmpty else {
                throw .passedDispute("epoch \(record.epoch)", over: lies[0])
            }
            coordinator?.head.note(open.isEmpty ? [lie] : open)
        }
        try checkDisputes("epoch \(record.epoch)")
    }

    /// Whether two records are equal apart from the epoch's duration.
    static func agree(_ left: EpochRecord, _ right: EpochRecord) -> Bool {
        var left = left
        left.seconds = right.seconds
        return left == right
    }

    // MARK: The end

    mutating func finish(_ outcome: RunEnd) throws(Violation) {
        trace.note(now, 59, text: "the coordinator ends: \(outcome)")
        guard let machine = coordinator?.machine, let head = coordinator?.head else { return }
        switch outcome {
        case .failed(reason: Scenario.ownersReason), .interrupted:
            // Everything is written before the process ends.
            while coordinator?.snapshots.isEmpty == false { writeSnapshot() }
            disk.drain()
            // The next process doesn't know which answers were contradicted.
            if let lie = disk.newest()?.head.lies.first(where: testimony.contradicted.contains) {
                throw .passedDispute("the checkpoint of an interrupted run", over: lie)
            }
        case .failed(let reason):
            guard mayFail(reason) else { throw .runFailed(reason: reason) }
        case .completed, .stoppedEarly:
            if let refusal = reference.refusal { throw .refusalMissed(expected: refusal) }
            try checkDisputes("the end")
            if head.state.lies.isEmpty { try checkEnd(outcome, machine: machine, head: head) }
        }
        end = outcome
    }

    /// Checks the end of a run whose state must be equal to the reference run's.
    private func checkEnd(
        _ outcome: RunEnd, machine: CoordinatorMachine, head: FakeHead
    ) throws(Violation) {
        let history = machine.position.history
        guard history.count <= reference.epochs, zip(history, reference.history).allSatisfy(Self.agree) else {
            throw .wrongHistory
        }
        guard head.state.value == reference.heads[machine.position.step] else {
            throw .wrongHead(step: machine.position.step)
        }
        if case .stoppedEarly(let reason) = outcome, reason.contains("limit"),
            scenario.configuration.maximumSeconds != nil
        {
            return
        }
        guard history.count == reference.epochs else { throw .wrongHistory }
        if case .stoppedEarly = outcome, reference.epochs == scenario.configuration.epochs,
            scenario.configuration.earlyStoppingPatience == 0
        {
            throw .endsDiffer
        }
    }

    /// Whether the events so far justify that the run fails for this reason.
    private func mayFail(_ reason: String) -> Bool {
        if let refusal = reference.refusal, reason.contains(refusal) { return true }
        if verdictsHaveChanged { return true }
        if couldNotDecode, reason.contains("can't be checked") { return true }
        if scenario.configuration.maximumSeconds != nil, reason.contains("before training began") {
            return true
        }
        let sound = presentSoundWorkers.count
        if testimony.favoured { return true }
        if reason.contains("different answers") {
            return !testimony.told.isEmpty && (sound < 2 || !testimony.disputed.isEmpty)
        }
        if reason.contains("proves wrong") { return !testimony.told.isEmpty }
        if reason.contains("failed") {
            let failing = scenario.workers.count { $0.misconduct?.manner == .fails }
            let ways = failing + (scenario.network.failures > 0 ? 1 : 0)
            return sound == 0 || ways >= scenario.configuration.limits.failuresPerLease
        }
        return false
    }
}
