import ContentAddressing
import WireMessages

/// The state of one chunk's features.
struct ExtractedChunk: Sendable {
    /// The samples whose features were asked for: all, or those not kept from before.
    let samples: [Int]
    var isDone: Bool
    /// The number of the worker that computed them.
    var worker: Int?
}

/// The state of the training pictures' features and of the current step.
struct TrainingState: Sendable {
    let schedule: TrainingSchedule
    /// The readable training pictures in the data set's order.
    let samples: [RunPicture]
    /// The indices that key augmentation draws: places in the whole data set, so that an unreadable picture
    /// doesn't change the draws of others.
    let drawIndices: [UInt32]
    let validation: [RunPicture]
    let validationIndices: [UInt32]
    var orders: EpochOrders
    /// The next step whose chunks are to be leased for extraction.
    var nextToExtract = 0
    /// The chunks of each step in the look-ahead window; finished steps are removed.
    var extraction: [Int: [ExtractedChunk]] = [:]
    /// For runs that keep features: by sample, whether its features are kept, and whether they were asked
    /// for.
    var kept: [Bool]
    var asked: [Bool]
    /// The current step's answers by chunk, and how many are missing.
    var outcomes: [Outcome?] = []
    var outcomesMissing = 0
    /// The step whose features were last looked for, and how many of its chunks or samples, from the first
    /// on, are known to be complete.
    var awaited = (step: 0, known: 0)
    /// The number of features that arrived, and their bytes.
    var featuresSent = 0
    var bytesSent = 0

    /// The average bytes of a picture's features.
    var featureBytes: Int {
        featuresSent == 0 ? ProtocolLimits.denseFeatureBytes : bytesSent / featuresSent
    }

    init(_ configuration: CoordinatorConfiguration, isReadable: (RunPicture) -> Bool) {
        let readable = configuration.training.enumerated().filter { isReadable($0.element) }
        samples = readable.map(\.element)
        drawIndices = readable.map { UInt32($0.offset) }
        let validating = configuration.validation.enumerated().filter { isReadable($0.element) }
        validation = validating.map(\.element)
        validationIndices = validating.map { Self.validationDraws | UInt32($0.offset) }
        schedule = TrainingSchedule(
            sampleCount: max(samples.count, 1), batchSize: configuration.batchSize,
            epochs: configuration.epochs,
            seed: configuration.session.seed)
        orders = EpochOrders(schedule)
        kept = Array(repeating: false, count: samples.count)
        asked = kept
    }

    /// Validation pictures draw from the upper half of the indices, so that they share no draw with training.
    private static let validationDraws: UInt32 = 1 << 31

    /// Names the readable pictures with their classes, in order.
    var digest: ContentDigest {
        var hasher = ContentHasher()
        for pictures in [samples, validation] {
            hasher.update(bigEndian: UInt64(pictures.count))
            for picture in pictures {
                hasher.update(picture.digest.bytes)
                hasher.update(bigEndian: UInt64(picture.label))
            }
        }
        return hasher.finalize()
    }
}

extension CoordinatorMachine {
    /// Samples in the form that leases carry.
    private func leased(_ indices: some Sequence<Int>, step: Int, of state: TrainingState) -> [Sample] {
        let epoch = UInt32(state.schedule.epoch(ofStep: step))
        return indices.map { index in
            let picture = state.samples[index]
            return Sample(
                picture: picture.digest, byteCount: picture.byteCount, index: state.drawIndices[index],
                epoch: configuration.session.augmentation == nil ? nil : epoch, label: picture.label)
        }
    }

    /// Leases the extraction of coming steps as far as the look-ahead window reaches.
    private mutating func extendLookahead(from step: Int) {
        guard let schedule = training?.schedule else { return }
        let pictures = configuration.limits.lookahead(
            slots: slotsThatAreThere,
            featureBytes: configuration.exchange == .factors ? training?.featureBytes : nil)
        let window = max(1, pictures / schedule.batchSize)
        let end = min(step + window + 1, schedule.stepCount)
        guard var state = training, state.nextToExtract < end else { return }
        // Moved out, so that it is changed in place and not copied.
        training = nil
        while state.nextToExtract < end {
            let next = state.nextToExtract
            state.extraction[next] = (0..<state.schedule.chunkCount(ofStep: next)).map { chunk in
                var indices = Array(state.orders.samples(ofChunk: chunk, step: next))
                if configuration.keepsFeatures {
                    indices.removeAll { state.asked[$0] }
                    for index in indices { state.asked[index] = true }
                }
                if !indices.isEmpty {
                    open(
                        LeaseID(kind: .extract, step: next, chunk: chunk),
                        .extract(
                            leased(indices, step: next, of: state),
                            returnsFeatures: configuration.exchange == .factors))
                }
                return ExtractedChunk(samples: indices, isDone: indices.isEmpty)
            }
            state.nextToExtract = next + 1
        }
        training = state
    }

    /// Whether every feature of a step is there.
    private mutating func hasFeatures(step: Int) -> Bool {
        guard let chunks = training?.extraction[step] else { return false }
        let samples = configuration.keepsFeatures ? training?.orders.samples(ofStep: step) : nil
        // Features that are there stay, so each is looked up only once.
        var known = training?.awaited.step == step ? training?.awaited.known ?? 0 : 0
        let count = samples?.count ?? chunks.count
        while known < count {
            let isThere =
                samples.map { training?.kept[$0[$0.startIndex + known]] ?? false } ?? chunks[known].isDone
            guard isThere else { break }
            known += 1
        }
        training?.awaited = (step, known)
        return known == count
    }

    mutating func recordFeatures(_ id: LeaseID, encoded: [Tensor], worker: Int) {
        guard let chunk = training?.extraction[id.step]?[id.chunk] else { return }
        training?.extraction[id.step]?[id.chunk].isDone = true
        training?.extraction[id.step]?[id.chunk].worker = worker
        if configuration.exchange == .factors {
            if configuration.keepsFeatures {
                for index in chunk.samples { training?.kept[index] = true }
            }
            training?.featuresSent += encoded.count
            training?.bytesSent += encoded.reduce(0) { $0 + $1.bytes.count }
            actions.append(.keepFeatures(step: id.step, samples: chunk.samples, encoded: encoded))
        }
    }

    mutating func advanceFeatures(step: Int) {
        extendLookahead(from: step)
        guard hasFeatures(step: step) else { return }
        phase = .preparing(step: step)
        switch configuration.exchange {
        case .factors:
            summedStep = step
            actions.append(.computePreactivations(stepSamples(step)))
        case .gradients: actions.append(.publishWeights(step: step, digest: weights))
        }
    }

    /// Leases the gradients of a step whose first-layer sums are ready.
    mutating func collectGradients(step: Int, factors: [FactorGradientWork]) {
        guard phase == .preparing(step: step) || phase == .applying(step: step - 1) else { return }
        openGradients(step: step, works: factors.map { .factorGradient($0) })
        // If computed together with the previous update, that update's end comes next.
        if phase == .preparing(step: step) { phase = .collecting(step: step) }
    }

    /// Leases the dense gradients of a step whose weights can be sent.
    mutating func collectDenseGradients(step: Int) {
        guard let state = training else { return }
        let count = state.schedule.places(ofStep: step).count
        let works = (0..<state.schedule.chunkCount(ofStep: step)).map { chunk in
            let indices = Array(training?.orders.samples(ofChunk: chunk, step: step) ?? [])
            return Work.denseGradient(
                leased(indices, step: step, of: state), samplesInStep: count, weightsStep: step)
        }
        openGradients(step: step, works: works)
        phase = .collecting(step: step)
    }

    private mutating func openGradients(step: Int, works: [Work]) {
        training?.outcomes = Array(repeating: nil, count: works.count)
        training?.outcomesMissing = works.count
        for (chunk, work) in works.enumerated() {
            open(
                LeaseID(kind: .gradient, step: step, chunk: chunk), work,
                preferredWorker: training?.extraction[step]?[chunk].worker)
        }
    }

    /// Opens a lease for the work, with everything that an answer must match.
    mutating func open(_ id: LeaseID, _ work: Work, preferredWorker: Int? = nil) {
        let dependsOnHead = id.kind == .gradient || id.kind == .evaluate
        let source =
            dependsOnHead
            ? weights : WeightsChain.backbone(configuration.session.weightsDigest, pictures: work.pictures)
        var entry = LeaseTable.Entry(
            id: id, weights: source, work: work,
            preferredWorker: preferredWorker, needsTwoAnswers: needsTwoAnswers(id))
        entry.failuresAtMost = configuration.limits.failuresPerLease
        leases.add(entry)
    }

    mutating func recordGradient(_ id: LeaseID, _ outcome: Outcome) {
        training?.outcomes[id.chunk] = outcome
        training?.outcomesMissing -= 1
    }

    /// Applies the update when every chunk's gradient is there.
    mutating func advanceGradients(step: Int) {
        guard training?.outcomesMissing == 0, var state = training, !state.outcomes.isEmpty else { return }
        let answers = state.outcomes.compactMap { $0 }
        let chunks = answers.enumerated().map { chunk, outcome in
            (samples: Array(state.orders.samples(ofChunk: chunk, step: step)), outcome: outcome)
        }
        if let pictures = nonFinitePictures(chunks, of: state) {
            canGoOn = false
            end(
                .failed(
                    reason:
                        "the loss of step \(step + 1) (epoch \(state.schedule.epoch(ofStep: step) + 1)) is not a "
                        + "finite number, at \(pictures); \(Self.nonFiniteRemedy)"))
            return
        }
        for (samples, outcome) in chunks {
            for (index, score) in zip(samples, outcome.scores) {
                position.epochScores.add(
                    loss: score.loss, isCorrect: score.predicted == state.samples[index].label)
            }
        }
        training?.outcomes = []
        training?.extraction[step] = nil
        phase = .applying(step: step)
        weights = WeightsChain.next(after: weights, step: step, answers: answers)
        extendLookahead(from: step + 1)
        actions.append(.applyStep(StepUpdate(step: step, chunks: chunks), next: nextStep(after: step)))
    }

    private mutating func stepSamples(_ step: Int) -> StepSamples {
        let samples = Array(training?.orders.samples(ofStep: step) ?? [])
        return StepSamples(
            step: step, samples: samples, labels: samples.map { training?.samples[$0].label ?? 0 })
    }

    private mutating func nextStep(after step: Int) -> StepSamples? {
        guard configuration.exchange == .factors, let schedule = training?.schedule,
            !schedule.endsEpoch(step),
            requestedEnd == nil, hasFeatures(step: step + 1)
        else { return nil }
        summedStep = step + 1
        return stepSamples(step + 1)
    }

    static let nonFiniteRemedy = "lower --learning-rate, or check these pictures and the weights"

    private func nonFinitePictures(
        _ chunks: [(samples: [Int], outcome: Outcome)], of state: TrainingState
    ) -> String? {
        let names = chunks.flatMap { samples, outcome in
            zip(samples, outcome.scores).filter { !$0.1.loss.isFinite }.map { state.samples[$0.0].name }
        }
        guard let first = names.first else { return nil }
        return names.count == 1 ? first : "\(first) and \(names.count - 1) more"
    }

    mutating func finishStep(_ step: Int, now: Instant) {
        guard phase == .applying(step: step) else { return }
        position.step = step + 1
        position.weights = weights
        phase = .settling(step: step + 1)
    }

    /// Continues after an update: with the next step, whose sums may be ready already, or with the end of the
    /// epoch.
    mutating func settle(step: Int, now: Instant) {
        guard let schedule = training?.schedule else { return }
        if let requestedEnd {
            stop(now, as: requestedEnd)
        } else if schedule.endsEpoch(step - 1) {
            finishEpoch(now)
        } else {
            let sumsAreThere = !(training?.outcomes.isEmpty ?? true)
            phase = sumsAreThere ? .collecting(step: step) : .awaitingFeatures(step: step)
            if now - lastCheckpoint >= configuration.limits.checkpointInterval { saveCheckpoint(now) }
        }
    }
}

extension Outcome {
    /// The scores of a gradient; empty for other outcomes.
    fileprivate var scores: [SampleScore] {
        switch self {
        case .factorGradient(let gradient): gradient.scores
        case .denseGradient(_, let gradient): gradient.scores
        case .checked, .extracted, .evaluated, .failed: []
        }
    }
}
