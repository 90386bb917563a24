import ContentAddressing
import TrainingProtocol
import WireMessages

/// Applies a planted bug to the events and actions of a machine; without a bug they pass unchanged.
struct Sabotage {
    let bug: PlantedBug?
    /// How often this seed was run before; used by `timeFromOutside` only.
    private let repetition: Int
    private var greeted: Set<Int> = []
    private var readied: Set<Int> = []
    private var weightsSent: Set<[Int]> = []
    private var firstWeights: [Int: HeadWeights] = [:]
    private var weightsOfLeases: [LeaseID: ContentDigest] = [:]
    private var answered: Set<LeaseID> = []
    private var saved: RunPosition?
    private var lastSums: [Int: FactorGradientWork] = [:]

    init(_ bug: PlantedBug?, repetition: Int) {
        self.bug = bug
        self.repetition = repetition
    }

    // MARK: Surroundings

    func outsideDelay() -> SimulatedTime {
        bug == .timeFromOutside ? SimulatedTime(repetition) * .millisecond : 0
    }

    /// How often an update is applied.
    var applications: Int {
        switch bug {
        case .stepAppliedTwice: 2
        case .stepNotApplied: 0
        default: 1
        }
    }

    var reportsEarly: Bool { bug == .reportedEarly }

    func newest(of disk: SimulatedDisk) -> SimulatedCheckpoint? {
        switch bug {
        case .damagedLoaded:
            guard var loaded = disk.newest(passingOver: nil) else { return nil }
            if !disk.newestIsWhole { loaded.head.value ^= 1 }
            return loaded
        case .readableNotCompared:
            var loaded = disk.newest()
            loaded?.position.readable = nil
            return loaded
        case .olderLoaded: return disk.newest(passingOver: 1)
        default: return disk.newest()
        }
    }

    func checkpoint(_ checkpoint: SimulatedCheckpoint) -> SimulatedCheckpoint {
        var checkpoint = checkpoint
        switch bug {
        case .positionAhead: checkpoint.position.step += 1
        case .savedWithoutScores: checkpoint.position.epochScores = ScoreSum()
        case .savedWithoutHistory: checkpoint.position.history = []
        default: break
        }
        return checkpoint
    }

    func configuration(_ configuration: CoordinatorConfiguration) -> CoordinatorConfiguration {
        var configuration = configuration
        switch bug {
        case .lookaheadUnbounded: configuration.limits.lookaheadPictures = 1_000_000
        case .departedRemembered: configuration.limits.workersRemembered = .max
        case .lookaheadMemoryIgnored: configuration.limits.lookaheadBytes = .max
        case .slotsIgnored: configuration.limits.slotsPerWorker = 1_000_000
        case .neverLeasedAgain:
            configuration.limits.takeoverAfter = Self.never
            configuration.limits.gradientTakeoverAfter = Self.never
            configuration.limits.workerTimeout = Self.never
            configuration.limits.resendAfter = Self.never
        case .progressIgnored: configuration.limits.stuckAfter = Self.never
        case .readableNotCompared: configuration.readable = nil
        case .neverSentAgain: configuration.limits.resendAfter = Self.never
        case .everyFailureFatal: configuration.limits.failuresPerLease = 1
        case .nothingVerified:
            configuration.verifiedShare = 0
            configuration.provesWorkers = false
        case .proofSkipped: configuration.provesWorkers = false
        default: break
        }
        return configuration
    }

    private static let never = Duration.seconds(1_000_000)

    // MARK: Workers

    /// The events that a worker receives for one event.
    mutating func events(_ event: WorkerEvent, at worker: Int) -> [WorkerEvent] {
        switch (bug, event) {
        case (.everyGoodbyeFinal, .received(.goodbye(let reason, _))):
            [.received(.goodbye(reason: reason, final: true))]
        case (.slotsIgnored, .prepared): [.prepared(slots: 1_000_000)]
        default: [event]
        }
    }

    /// The action that a worker performs; `nil` for none.
    mutating func action(_ action: WorkerAction, at worker: Int) -> WorkerAction? {
        switch (bug, action) {
        case (.helloOnce, .send(.hello)): greeted.insert(worker).inserted ? action : nil
        case (.readyOnce, .send(.ready)): readied.insert(worker).inserted ? action : nil
        default: action
        }
    }

    /// What a worker computes, and with which weights.
    mutating func work(_ work: Work, at worker: Int, _ weights: inout HeadWeights?) -> Work {
        switch (bug, work) {
        case (.staleWeights, .denseGradient(_, _, let step)), (.staleWeights, .evaluate(_, let step)):
            if let first = firstWeights[worker] { weights = first } else { firstWeights[worker] = weights }
            weights?.step = step
            return work
        case (.staleSums, .factorGradient(let asked)):
            defer { lastSums[worker] = asked }
            guard var stale = lastSums[worker], stale.labels.count == asked.labels.count else { return work }
            stale.labels = asked.labels
            return .factorGradient(stale)
        case (.drawOfNextEpoch, .extract(var samples, let returnsFeatures)):
            for place in samples.indices { samples[place].epoch = samples[place].epoch.map { $0 + 1 } }
            return .extract(samples, returnsFeatures: returnsFeatures)
        default: return work
        }
    }

    func outcome(_ outcome: Outcome) -> Outcome {
        switch (bug, outcome) {
        case (.everythingReadable, .checked(let reasons)): return .checked(reasons.map { _ in nil })
        case (.scoresLost, .factorGradient(var gradient)):
            gradient.scores = gradient.scores.map { SampleScore(loss: 0, predicted: $0.predicted) }
            return .factorGradient(gradient)
        case (.scoresLost, .denseGradient(let kernel, var gradient)):
            gradient.scores = gradient.scores.map { SampleScore(loss: 0, predicted: $0.predicted) }
            return .denseGradient(kernel: kernel, gradient)
        default: return outcome
        }
    }

    // MARK: The coordinator

    /// The events that the coordinator receives for one event.
    mutating func events(_ event: CoordinatorEvent) -> [CoordinatorEvent] {
        switch (bug, event) {
        case (.lateAnswersUnheard, .received(.result(let result), _)):
            return answered.insert(result.id).inserted ? [event] : []
        case (.singleVerdictFinal, .picturesDecoded(let pictures)):
            return [
                .picturesDecoded(
                    pictures.map {
                        DecodedPicture(digest: $0.digest, verdict: .unreadable(reason: "a worker says so"))
                    })
            ]
        case (.emptyReasonReadable, .received(.result(var result), let peer)):
            guard case .checked(let reasons) = result.outcome else { return [event] }
            result.outcome = .checked(reasons.map { $0 == "" ? nil : $0 })
            return [.received(.result(result), from: peer)]
        case (.otherRunAccepted, .received(.result(var result), let peer)):
            result.run = "run"
            result.weights = weightsOfLeases[result.id] ?? result.weights
            return [.received(.result(result), from: peer)]
        case (.otherWeightsAccepted, .received(.result(var result), let peer)):
            result.weights = weightsOfLeases[result.id] ?? result.weights
            return [.received(.result(result), from: peer)]
        case (.heartbeatsIgnored, .received(.heartbeat, _)): return []
        case (.neverLeasedAgain, .peerLost): return []
        default: return [event]
        }
    }

    /// The actions that the coordinator performs for one action.
    mutating func actions(_ action: CoordinatorAction) -> [CoordinatorAction] {
        if case .send(.lease(let lease), _) = action { weightsOfLeases[lease.id] = lease.weights }
        if case .checkpoint(let position) = action { saved = position }
        return switch (bug, action) {
        case (_, .applyStep(let update, let next)): [.applyStep(spoiled(update), next: next)]
        case (.featuresLost, .keepFeatures(let step, let samples, let encoded)):
            [.keepFeatures(step: step, samples: samples.dropLast(), encoded: encoded.dropLast())]
        case (.featuresSwapped, .keepFeatures(let step, let samples, let encoded)):
            [.keepFeatures(step: step, samples: samples, encoded: encoded.reversed())]
        case (.weightsOnce, .sendWeights(let step, let peer)):
            weightsSent.insert([step, peer]).inserted ? [action] : []
        case (.disputeForgottenAtEnd, .finished(.failed)): [.finished(.completed)]
        case (.disputeSaved, .log(_, let text)) where text.contains("gave different answers"):
            [action] + (saved.map { [.checkpoint($0)] } ?? [])
        case (.goneWeightsSent, .sendWeights(let step, let peer)): [.sendWeights(step: step - 1, to: peer)]
        case (.heartbeatsUnanswered, .send(.heartbeat, _)): []
        default: [action]
        }
    }

    private func spoiled(_ update: StepUpdate) -> StepUpdate {
        var update = update
        let count = update.chunks.count
        switch bug {
        case .chunkTwice: update.chunks.append(update.chunks[count - 1])
        case .chunkSkipped: update.chunks.removeLast()
        case .chunksSwapped where count > 1: update.chunks.swapAt(0, 1)
        case .answersSwapped where count > 1:
            let first = update.chunks[0].outcome
            update.chunks[0].outcome = update.chunks[1].outcome
            update.chunks[1].outcome = first
        default: break
        }
        return update
    }
}
