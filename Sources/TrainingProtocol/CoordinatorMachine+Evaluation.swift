import WireMessages

struct EvaluationState: Sendable {
    /// Scores by validation picture, in the data set's order.
    var scores: [SampleScore?]
    /// The number of scores that have arrived.
    var scored = 0
    var weightsAreReady = false
    /// The first chunk that is in no lease yet.
    var nextToLease = 0
    /// The sum over the first `summed` pictures, which have all been scored, and the first of them whose loss
    /// is not finite.
    var sum = ScoreSum()
    var summed = 0
    var nonFinite: Int?
}

extension CoordinatorMachine {
    /// Begins the validation of the epoch that has ended, or closes the epoch if there is none.
    mutating func finishEpoch(_ now: Instant) {
        guard let state = training else { return }
        let epoch = position.step / state.schedule.stepsPerEpoch - 1
        guard !state.validation.isEmpty else {
            closeEpoch(epoch, validation: nil, now: now)
            return
        }
        evaluation = EvaluationState(scores: Array(repeating: nil, count: state.validation.count))
        phase = .evaluating(epoch: epoch)
        // Workers that have not proved themselves in this kind of lease have other room than before.
        if configuration.provesWorkers { changedWorkers.formUnion(peers) }
        actions.append(.publishWeights(step: position.step, digest: weights))
    }

    mutating func useWeights(step: Int) {
        switch phase {
        case .preparing(let current) where current == step: collectDenseGradients(step: step)
        case .evaluating where position.step == step: evaluation?.weightsAreReady = true
        default: break
        }
    }

    private func places(ofEvaluation chunk: Int, count: Int) -> Range<Int> {
        let first = chunk * configuration.limits.picturesPerCheck
        return first..<min(first + configuration.limits.picturesPerCheck, count)
    }

    /// Leases validation pictures ahead of the answers: at once as many as occupy all workers, then one more
    /// lease per message, so that no message takes long. The bound is high enough that every worker finds
    /// pictures whose features it has among the open leases.
    private mutating func extendEvaluation(epoch: Int) {
        guard let state = training, let next = evaluation?.nextToLease else { return }
        let count = state.validation.count
        let chunkSize = configuration.limits.picturesPerCheck
        let end = (count + chunkSize - 1) / chunkSize
        let atOnce = configuration.limits.checksAhead(slots: slotsThatAreThere)
        let most = max(configuration.limits.checksAhead, Self.evaluationsPerSlot * slotsThatAreThere)
        let open = leases.count(of: .evaluate)
        let room = min(most - open, max(atOnce - open, Self.evaluationsPerMessage))
        guard next < end, room > 0 else { return }
        let draws = configuration.augmentsValidation && configuration.session.augmentation != nil
        let chunks = next..<min(next + room, end)
        for chunk in chunks {
            let samples = places(ofEvaluation: chunk, count: count).map { place in
                let picture = state.validation[place]
                return Sample(
                    picture: picture.digest, byteCount: picture.byteCount,
                    index: state.validationIndices[place],
                    epoch: draws ? UInt32(epoch) : nil, label: picture.label)
            }
            self.open(
                LeaseID(kind: .evaluate, step: epoch, chunk: chunk),
                .evaluate(samples, weightsStep: position.step))
        }
        evaluation?.nextToLease = chunks.upperBound
    }

    private static let evaluationsPerSlot = 8
    private static let evaluationsPerMessage = 1

    mutating func recordScores(_ id: LeaseID, _ scores: [SampleScore]) {
        place(scores, of: id)
        evaluation?.scored += scores.count
        sumScores()
    }

    /// Replaces wrong scores by the right ones.
    mutating func replaceScores(_ id: LeaseID, _ scores: [SampleScore]) {
        place(scores, of: id)
        evaluation?.sum = ScoreSum()
        evaluation?.summed = 0
        evaluation?.nonFinite = nil
        sumScores()
    }

    private mutating func place(_ scores: [SampleScore], of id: LeaseID) {
        guard let count = evaluation?.scores.count else { return }
        for (place, score) in zip(places(ofEvaluation: id.chunk, count: count), scores) {
            evaluation?.scores[place] = score
        }
    }

    private mutating func sumScores() {
        guard let state = training, let count = evaluation?.scores.count else { return }
        // In the data set's order, since a sum depends on the order.
        while let place = evaluation?.summed, place < count, let score = evaluation?.scores[place] {
            if !score.loss.isFinite, evaluation?.nonFinite == nil { evaluation?.nonFinite = place }
            evaluation?.sum.add(
                loss: score.loss, isCorrect: score.predicted == state.validation[place].label)
            evaluation?.summed += 1
        }
    }

    mutating func advanceEvaluation(epoch: Int, now: Instant) {
        guard evaluation?.weightsAreReady == true else { return }
        extendEvaluation(epoch: epoch)
        guard let evaluation, evaluation.summed == evaluation.scores.count,
            leases.count(of: .evaluate) == 0
        else { return }
        if let place = evaluation.nonFinite, let name = training?.validation[place].name {
            canGoOn = false
            end(
                .failed(
                    reason:
                        "the validation loss after step \(position.step) (epoch \(epoch + 1)) is not a finite "
                        + "number, at \(name); \(Self.nonFiniteRemedy)"))
            return
        }
        validationScores = evaluation.scores.compactMap { $0 }
        self.evaluation = nil
        closeEpoch(epoch, validation: evaluation.sum, now: now)
    }

    private mutating func closeEpoch(_ epoch: Int, validation: ScoreSum?, now: Instant) {
        guard let schedule = training?.schedule else { return }
        let record = EpochRecord(
            epoch: epoch, loss: position.epochScores.meanLoss, accuracy: position.epochScores.accuracy,
            validationLoss: validation?.meanLoss, validationAccuracy: validation?.accuracy,
            seconds: position.epochSeconds + (now - epochStarted).inSeconds)
        position.history.append(record)
        position.epochScores = ScoreSum()
        position.epochSeconds = 0
        epochStarted = now
        actions.append(.epochFinished(record))
        let isLast = position.step >= schedule.stepCount
        let hasStalled = stopsEarly
        saveCheckpoint(now)
        if isLast {
            end(.completed)
        } else if hasStalled {
            end(stalledEnd)
        } else {
            phase = .awaitingFeatures(step: position.step)
        }
    }

    var stalledEnd: RunEnd {
        .stoppedEarly(reason: "no better loss for \(configuration.earlyStoppingPatience) epochs")
    }

    /// As Keras' EarlyStopping: the patience counts epochs since the best one.
    var stopsEarly: Bool {
        guard configuration.earlyStoppingPatience > 0 else { return false }
        let losses = position.history.map { $0.validationLoss ?? $0.loss }
        guard let best = losses.min(), let place = losses.firstIndex(of: best) else { return false }
        return losses.count - 1 - place >= configuration.earlyStoppingPatience
    }
}
