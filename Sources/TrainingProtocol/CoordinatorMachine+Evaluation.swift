import WireMessages

/// The validation of one epoch.
struct EvaluationState: Sendable {
    let epoch: Int
    /// Scores by validation picture, in the data set's order.
    var scores: [SampleScore?]
    var weightsAreReady = false
}

extension CoordinatorMachine {
    /// Begins the validation of the epoch that has ended, or closes the epoch where there is none.
    mutating func finishEpoch(_ now: Instant) {
        guard let state = training else { return }
        let epoch = position.step / state.schedule.stepsPerEpoch - 1
        guard !state.validation.isEmpty else {
            closeEpoch(epoch, validation: nil, now: now)
            return
        }
        evaluation = EvaluationState(
            epoch: epoch, scores: Array(repeating: nil, count: state.validation.count))
        phase = .evaluating(epoch: epoch)
        actions.append(.publishWeights(step: position.step, digest: weights))
    }

    mutating func useWeights(step: Int) {
        switch phase {
        case .preparing(let current) where current == step: collectDenseGradients(step: step)
        case .evaluating where position.step == step: leaseEvaluation(step: step)
        default: break
        }
    }

    private func places(ofEvaluation chunk: Int, count: Int) -> Range<Int> {
        let first = chunk * configuration.limits.picturesPerCheck
        return first..<min(first + configuration.limits.picturesPerCheck, count)
    }

    private mutating func leaseEvaluation(step: Int) {
        guard let state = training, let epoch = evaluation?.epoch, evaluation?.weightsAreReady == false else {
            return
        }
        evaluation?.weightsAreReady = true
        let draws = configuration.augmentsValidation && configuration.session.augmentation != nil
        let count = state.validation.count
        let chunkSize = configuration.limits.picturesPerCheck
        for chunk in 0..<(count + chunkSize - 1) / chunkSize {
            let samples = places(ofEvaluation: chunk, count: count).map { place in
                let picture = state.validation[place]
                return Sample(
                    picture: picture.digest, byteCount: picture.byteCount,
                    index: state.validationIndices[place],
                    epoch: draws ? UInt32(epoch) : nil, label: picture.label)
            }
            open(
                LeaseID(kind: .evaluate, step: epoch, chunk: chunk), .evaluate(samples, weightsStep: step))
        }
    }

    mutating func recordScores(_ id: LeaseID, _ scores: [SampleScore]) {
        guard let count = evaluation?.scores.count else { return }
        for (place, score) in zip(places(ofEvaluation: id.chunk, count: count), scores) {
            evaluation?.scores[place] = score
        }
    }

    mutating func advanceEvaluation(epoch: Int, now: Instant) {
        guard let state = training, let evaluation, evaluation.weightsAreReady,
            leases.count(of: .evaluate) == 0
        else { return }
        var sum = ScoreSum()
        for (picture, score) in zip(state.validation, evaluation.scores) {
            guard let score else { return }
            guard score.loss.isFinite else {
                canGoOn = false
                end(
                    .failed(
                        reason:
                            "the validation loss after step \(position.step) (epoch \(epoch + 1)) is not a finite "
                            + "number, at \(picture.name); \(Self.nonFiniteRemedy)"))
                return
            }
            sum.add(loss: score.loss, isCorrect: score.predicted == picture.label)
        }
        scoredValidation = zip(state.validation, evaluation.scores).compactMap { picture, score in
            score.map { ScoredPicture(picture: picture, score: $0) }
        }
        self.evaluation = nil
        closeEpoch(epoch, validation: sum, now: now)
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

    /// The end of a run that early stopping has stopped.
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
