import ContentAddressing
import WireMessages

/// The coordinator as a value: takes events with their time, returns what is to be done. It reads no clock,
/// owns no socket, file or head; the same value runs in the runtime and under a simulated cluster.
///
/// Life of a step: its chunks are leased for extraction ahead of time; when all its features are kept, the
/// first layer's sums are computed; each chunk's gradient is leased with its share of them; when the last is
/// back, the update is applied, in the same pass with the next step's sums. Who does what changes the time,
/// never a number.
package struct CoordinatorMachine: Sendable {
    /// What the run does now.
    enum Phase: Sendable, Equatable {
        case checking
        /// Until the features of `step` are there.
        case awaitingFeatures(step: Int)
        /// The sums of `step` are being computed, or its weights made ready.
        case preparing(step: Int)
        case collecting(step: Int)
        case applying(step: Int)
        /// The updates before `step` are done; what follows waits for the end of every dispute.
        case settling(step: Int)
        case evaluating(epoch: Int)
        case ended
    }

    struct Worker: Sendable {
        var number: Int
        /// Its place among all that joined.
        let order: Int
        let placementKey: UInt64
        var hello: Hello
        var slots = 0
        var lastHeard: Instant
        var status = WorkerStatus(picturesExtracted: 0, picturesFromStore: 0, activity: "joining")
        var joined: Instant
        /// The step of the weights that were sent to it last.
        var weightsStep: Int?
        /// Leases that it was sent and has not answered, open or answered by others: what may wait in its
        /// queue.
        var unanswered: [(id: LeaseID, sent: Instant)] = []
        /// Leases in which it called readable pictures unreadable.
        var wrongVerdicts = 0
        /// Leases of each kind that it failed and others could do, since it last could.
        var failuresInARow: [LeaseKind: Int] = [:]
        var lastFailure = ""
        /// It gets nothing before, since it has just failed.
        var restsUntil = Instant.zero
        /// When its room changes by the passing of time.
        var wakesAt: Instant?

        /// How many leases of a lane may wait at the worker.
        func queued(gradients: Bool) -> Int {
            unanswered.count { ($0.id.kind == .gradient) == gradients }
        }
    }

    package let configuration: CoordinatorConfiguration
    var phase = Phase.checking
    var workers: [Peer: Worker] = [:]
    /// Connected peers in the order in which they joined, so that no order depends on hashing.
    var peers: [Peer] = []
    /// The connections of those that are there, by their numbers.
    var peerOfNumber: [Int: Peer] = [:]
    var joins = 0
    /// The numbers of workers that are there or remembered, by their own names.
    var numbers: [String: Int] = [:]
    var lastNumber = 0
    /// The hosts and names of the same, by their numbers.
    var hosts: [Int: (host: String, name: String)] = [:]
    /// Workers, by their own names, that may not come back, and why.
    var exclusions: [String: String] = [:]
    /// Their names, oldest first.
    var excluded: [String] = []
    /// Who was refused and is still connected: it may measure the way here, and nothing else.
    var refusedPeers: Set<Peer> = []
    var leases = LeaseTable()
    /// Who is ready, and who has room in each pass; `changedWorkers` are to be looked at again.
    var ready: ReadyWorkers
    /// Of all that are ready.
    var slotsThatAreThere = 0
    var rooms = GrantPass.allCases.map { _ in WorkerRooms() }
    var wakes = SortedSet<WorkerWake>()
    var changedWorkers: Set<Peer> = []
    var usedAnswers = UsedAnswers()
    /// Open leases that workers took away with them, who may come back and answer.
    var away: Set<LeaseID> = []
    /// Used answers that another worker has contradicted; nothing that lasts is made until it is known who is
    /// right.
    var disputes: Set<LeaseID> = []
    package internal(set) var answers = AnswerCounts()
    /// The kinds of lease in which a worker, by number, has given an answer that proved right.
    var proved: [Int: Set<LeaseKind>] = [:]
    var ledger: WorkerLedger
    var actions: [CoordinatorAction] = []
    /// The time of the event that is being handled.
    var moment = Instant.zero
    var repeated = RepeatedLines()
    /// When all breaches of the protocol are forgotten, by the numbers of workers that have committed some.
    var owes: [Int: Instant] = [:]

    var check: PictureCheck
    var training: TrainingState?
    var evaluation: EvaluationState?
    package var position: RunPosition
    /// Names the weights after the last update that was ordered.
    var weights: ContentDigest
    /// The newest validation's scores, in the data set's order; empty before the first.
    var validationScores: [SampleScore] = []
    /// What everybody is told after the end.
    var farewell: CoordinatorMessage?
    /// Whether a run that failed may come to another end when it is resumed; numbers that ran away do so
    /// again.
    package internal(set) var canGoOn = true
    var started = Instant.zero
    var epochStarted = Instant.zero
    var lastCheckpoint = Instant.zero
    private var clock = StallClock()
    var waitingForWorkersSince: Instant?
    /// The steps of the checkpoints that this process began from and asked for.
    var saved: [(step: Int, epochs: Int)]
    /// The last step whose first-layer sums were asked for.
    var summedStep = -1
    /// The step of the weights that can be sent.
    var publishedStep: Int?
    /// How the run is to end as soon as no update is under way.
    var requestedEnd: RunEnd?

    /// - Parameter position: where to go on; a new one for a new run.
    package init(_ configuration: CoordinatorConfiguration, position: RunPosition = RunPosition()) {
        self.configuration = configuration
        self.position = position
        saved = [(position.step, position.history.count)]
        weights = position.weights ?? WeightsChain.first(run: configuration.run, step: position.step)
        let limits = configuration.limits
        ready = ReadyWorkers(
            patience: limits.heartbeat * 3, ages: [limits.gradientTakeoverAfter, limits.takeoverAfter],
            stuckAfter: limits.stuckAfter)
        ledger = WorkerLedger(goneAtMost: configuration.limits.workersRemembered)
        check = PictureCheck(configuration)
    }

    /// How many workers are there.
    package var workerCount: Int { workers.count }

    /// Whether any worker is there.
    package var hasWorkers: Bool { !workers.isEmpty }

    /// Whether the run has ended; nothing but farewells happens afterwards.
    package var hasEnded: Bool { phase == .ended }

    /// Whether workers are told that the run is over, rather than to wait for who goes on with it.
    package var isOver: Bool { if case .goodbye(_, final: true)? = farewell { true } else { false } }

    /// Takes an event at its time and returns what is to be done, in order.
    package mutating func handle(_ event: CoordinatorEvent, now: Instant) -> [CoordinatorAction] {
        moment = now
        if let stall = clock.stall(before: event, now: now, bound: configuration.limits.stallAfter) {
            forgive(stall, now)
        }
        switch event {
        case .started:
            started = now
            epochStarted = now
            lastCheckpoint = now
            waitingForWorkersSince = now
        case .received(let message, let peer): receive(message, from: peer, now: now)
        case .partReceived(let peer): receivePart(from: peer, now: now)
        case .peerLost(let peer, let reason): lose(peer, reason: reason, now: now)
        case .brokeProtocol(let peer, let reason): endBroken(peer, reason: reason, now: now)
        case .timer: checkTimes(now)
        case .preactivationsReady(let step, let chunks): collectGradients(step: step, factors: chunks)
        case .stepApplied(let step): finishStep(step, now: now)
        case .weightsReady(let step):
            publishedStep = step
            useWeights(step: step)
        case .picturesDecoded(let pictures): take(pictures, now: now)
        case .decided(let result): takeOwn(result, now: now)
        case .vouched(let peer):
            guard let number = workers[peer]?.number else { break }
            for kind in LeaseKind.allCases { prove(number, kind) }
        case .stopRequested: request(.interrupted, now)
        case .ownerFailed(let reason, let canGoOn):
            if !canGoOn { self.canGoOn = false }
            // What fails after the end makes it a failure all the same.
            if hasEnded { announce(.failed(reason: reason)) } else { request(.failed(reason: reason), now) }
        }
        if !hasEnded {
            advance(now)
            grantLeases(now)
        }
        defer { actions = [] }
        return actions
    }

    /// Goes from phase to phase as far as what is at hand allows.
    private mutating func advance(_ now: Instant) {
        var before: Phase
        repeat {
            before = phase
            if case .settling(let step) = phase, requestedEnd != nil { settle(step: step, now: now) }
            // Nothing that follows from an answer in dispute is begun.
            guard disputes.isEmpty else { return }
            switch phase {
            case .checking: advanceCheck(now)
            case .awaitingFeatures(let step): advanceFeatures(step: step)
            case .collecting(let step): advanceGradients(step: step)
            case .settling(let step): settle(step: step, now: now)
            case .evaluating(let epoch): advanceEvaluation(epoch: epoch, now: now)
            case .preparing, .applying, .ended: break
            }
        } while phase != before
    }

    /// Time has passed in which this coordinator heard nobody: nobody was silent in it, and no lease is older
    /// for it.
    private mutating func forgive(_ stall: Duration, _ now: Instant) {
        for peer in peers {
            guard let worker = workers[peer] else { continue }
            workers[peer]?.lastHeard = min(worker.lastHeard + stall, now)
            workers[peer]?.unanswered = worker.unanswered.map { ($0.id, min($0.sent + stall, now)) }
        }
        ready.forgive(stall, now: now)
        leases.forgive(stall, now: now)
    }

    // MARK: The end

    /// Ends the run: tells every worker and the owner.
    mutating func end(_ outcome: RunEnd) {
        guard phase != .ended else { return }
        phase = .ended
        noteSums(isEnd: true)
        announce(outcome)
    }

    private mutating func announce(_ outcome: RunEnd) {
        let (reason, final): (String, Bool) =
            switch outcome {
            case .completed: ("the run is complete", true)
            case .stoppedEarly(let reason): (reason, true)
            case .interrupted: ("the coordinator was interrupted; it may be resumed", false)
            // A run that has begun and may go on finds its workers again, as after an interruption.
            case .failed(let reason): ("the run failed: \(reason)", training == nil || !canGoOn)
            }
        let farewell = CoordinatorMessage.goodbye(reason: reason, final: final)
        self.farewell = farewell
        for peer in peers { actions.append(.send(farewell, to: peer)) }
        actions.append(.finished(outcome))
    }

    /// Ends the run at its next whole position: now, or when the update under way is done.
    mutating func request(_ outcome: RunEnd, _ now: Instant) {
        guard !hasEnded else { return }
        if case .applying = phase {
            requestedEnd = requestedEnd ?? outcome
        } else {
            stop(now, as: outcome)
        }
    }

    /// Saves the position and ends.
    mutating func stop(_ now: Instant, as outcome: RunEnd) {
        if let open = disputes.min() {
            // The process that follows knows nothing of the dispute: what it goes on from must not contain
            // it.
            let isSaved = saved.contains { isContained(open, after: $0) }
            if isSaved || outcome.isGood, let entry = leases[open] {
                end(undecided(entry))
                return
            }
            actions.append(
                .log(.error, "the state is not saved, as it is not known who is right about \(open)"))
        } else if training != nil {
            saveCheckpoint(now)
        }
        end(outcome)
    }

    mutating func saveCheckpoint(_ now: Instant) {
        lastCheckpoint = now
        var position = position
        saved.append((position.step, position.history.count))
        position.proved = provedNames
        position.epochSeconds += (now - epochStarted).inSeconds
        actions.append(.checkpoint(position))
    }

    /// Time that has come: silent workers, checkpoints, the run's own limit.
    private mutating func checkTimes(_ now: Instant) {
        guard !hasEnded else { return }
        for peer in peers {
            guard let lastHeard = workers[peer]?.lastHeard,
                now - lastHeard > configuration.limits.workerTimeout
            else { continue }
            lose(peer, reason: "silent for \(Int((now - lastHeard).inSeconds)) s", now: now)
            actions.append(.forget(peer))
        }
        for (entry, peer) in leases.overdue(age: configuration.limits.resendAfter, now: now) {
            send(entry, to: peer, now: now)
        }
        noteSums()
        checkProgress(now)
        checkDisputes(now)
        for entry in leases.waitingForAnswers where isLeftToUs(entry, now) { decide(entry) }
        if let limit = configuration.maximumSeconds, (now - started).inSeconds >= limit {
            let reason = "the limit of \(limit.formatted) seconds is reached; --resume goes on"
            let notBegun =
                "the limit of \(limit.formatted) seconds was over before training began; "
                + "start workers sooner, or raise --max-seconds"
            request(training == nil ? .failed(reason: notBegun) : .stoppedEarly(reason: reason), now)
        }
    }
}

extension Double {
    /// Without a fraction where there is none.
    var formatted: String { self == rounded() && magnitude < 1e15 ? String(Int(self)) : String(self) }
}

extension RunEnd {
    /// Whether its model is meant to be used.
    fileprivate var isGood: Bool {
        switch self {
        case .completed, .stoppedEarly: true
        case .interrupted, .failed: false
        }
    }
}
