import ContentAddressing
import WireMessages

/// The coordinator as a value: it takes events with their time and returns actions. It reads no clock and
/// owns no socket, file or head; the same value runs in the runtime and in a simulated cluster.
///
/// A step goes as follows: its chunks are leased for extraction ahead of time; when all features are kept,
/// the first layer's sums are computed; each chunk's gradient is leased with its share of them; when the last
/// gradient is back, the update is applied, in one pass with the next step's sums. Which worker does what
/// affects the time, but never a number.
package struct CoordinatorMachine: Sendable {
    enum Phase: Sendable, Equatable {
        case checking
        /// Waiting for the features of `step`.
        case awaitingFeatures(step: Int)
        /// Waiting for the sums of `step`, or for its weights to be published.
        case preparing(step: Int)
        case collecting(step: Int)
        case applying(step: Int)
        /// The updates before `step` are done; the run waits for the end of every dispute.
        case settling(step: Int)
        case evaluating(epoch: Int)
        case ended
    }

    struct Worker: Sendable {
        var number: Int
        /// Its position in the order of joining.
        let order: Int
        let placementKey: UInt64
        var hello: Hello
        var slots = 0
        var lastHeard: Instant
        var status = WorkerStatus(picturesExtracted: 0, picturesFromStore: 0, activity: "joining")
        var joined: Instant
        /// The step of the weights last sent to it.
        var weightsStep: Int?
        /// Leases that were sent to it and not answered by it, including those that others have answered:
        /// what may wait in its queue.
        var unanswered: [(id: LeaseID, sent: Instant)] = []
        /// The number of leases in which it called readable pictures unreadable.
        var wrongVerdicts = 0
        /// By kind, the leases that it failed and others could do since its last success.
        var failuresInARow: [LeaseKind: Int] = [:]
        var lastFailure = ""
        /// It gets no work before this time, because it has just failed.
        var restsUntil = Instant.zero
        /// When its room changes by the passing of time alone.
        var wakesAt: Instant?

        /// How many leases of a lane may be queued at the worker.
        func queued(gradients: Bool) -> Int {
            unanswered.count { ($0.id.kind == .gradient) == gradients }
        }
    }

    package let configuration: CoordinatorConfiguration
    var phase = Phase.checking
    var workers: [Peer: Worker] = [:]
    /// Connected peers in the order in which they joined, so that no order depends on hashing.
    var peers: [Peer] = []
    /// The connections of connected workers, by worker number.
    var peerOfNumber: [Int: Peer] = [:]
    var joins = 0
    /// The numbers of connected and remembered workers, by worker ID.
    var numbers: [String: Int] = [:]
    var lastNumber = 0
    /// The hosts and IDs of the same workers, by number.
    var hosts: [Int: (host: String, name: String)] = [:]
    /// Workers that may not come back, by worker ID, with the reason.
    var exclusions: [String: String] = [:]
    /// Their IDs, oldest first.
    var excluded: [String] = []
    /// Peers that were refused and are still connected; they may only measure the network.
    var refusedPeers: Set<Peer> = []
    var leases = LeaseTable()
    /// The workers that are ready; `rooms` has those with room, by pass. `changedWorkers` must be looked at
    /// again.
    var ready: ReadyWorkers
    /// The slots of all ready workers.
    var slotsThatAreThere = 0
    var rooms = GrantPass.allCases.map { _ in WorkerRooms() }
    var wakes = SortedSet<WorkerWake>()
    var changedWorkers: Set<Peer> = []
    var usedAnswers = UsedAnswers()
    /// Open leases of workers that have disconnected, which may come back and answer.
    var away: Set<LeaseID> = []
    /// Used answers that another worker has contradicted. Nothing permanent is made until it is known who is
    /// right.
    var disputes: Set<LeaseID> = []
    package internal(set) var answers = AnswerCounts()
    /// By worker number, the kinds of lease in which the worker's answers have proved right.
    var proved: [Int: Set<LeaseKind>] = [:]
    var ledger: WorkerLedger
    var actions: [CoordinatorAction] = []
    /// The time of the event being handled.
    var moment = Instant.zero
    var repeated = RepeatedLines()
    /// When all of a worker's breaches of the protocol are forgotten, by worker number.
    var owes: [Int: Instant] = [:]

    var check: PictureCheck
    var training: TrainingState?
    var evaluation: EvaluationState?
    package var position: RunPosition
    /// Names the weights after the last update that was ordered.
    var weights: ContentDigest
    /// The latest validation's scores, in the data set's order; empty before the first.
    var validationScores: [SampleScore] = []
    /// The message that every worker gets after the end.
    var farewell: CoordinatorMessage?
    /// Whether a failed run may end differently if it is resumed; one that diverged would diverge again.
    package internal(set) var canGoOn = true
    var started = Instant.zero
    var epochStarted = Instant.zero
    var lastCheckpoint = Instant.zero
    private var clock = StallClock()
    var waitingForWorkersSince: Instant?
    /// The positions of the checkpoints that this process began from or asked for.
    var saved: [(step: Int, epochs: Int)]
    /// The last step whose first-layer sums were asked for.
    var summedStep = -1
    /// The step of the weights that can be sent.
    var publishedStep: Int?
    /// How the run ends once no update is under way.
    var requestedEnd: RunEnd?

    /// - Parameter position: where to continue; a fresh one for a new run.
    package init(_ configuration: CoordinatorConfiguration, position: RunPosition = RunPosition()) {
        self.configuration = configuration
        self.position = position
        saved = [(position.step, position.history.count)]
        weights = position.weights ?? WeightsChain.first(run: configuration.run, step: position.step)
        if configuration.exchange == .gradients {
            weights = WeightsChain.continued(weights, by: configuration.process)
        }
        let limits = configuration.limits
        ready = ReadyWorkers(
            patience: limits.heartbeat * 3, ages: [limits.gradientTakeoverAfter, limits.takeoverAfter],
            stuckAfter: limits.stuckAfter)
        ledger = WorkerLedger(goneAtMost: configuration.limits.workersRemembered)
        check = PictureCheck(configuration)
    }

    package var workerCount: Int { workers.count }

    package var hasWorkers: Bool { !workers.isEmpty }

    /// Whether the run has ended; only farewells are sent afterwards.
    package var hasEnded: Bool { phase == .ended }

    /// Whether workers are told that the run is over, rather than to wait for the next coordinator.
    package var isOver: Bool { if case .goodbye(_, final: true)? = farewell { true } else { false } }

    /// Handles an event at its time and returns the actions to take, in order.
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
            // A failure after the end still makes the run a failure.
            if hasEnded { announce(.failed(reason: reason)) } else { request(.failed(reason: reason), now) }
        }
        if !hasEnded {
            advance(now)
            grantLeases(now)
        }
        defer { actions = [] }
        return actions
    }

    /// Moves from phase to phase as far as the available data allow.
    private mutating func advance(_ now: Instant) {
        var before: Phase
        repeat {
            before = phase
            if case .settling(let step) = phase, requestedEnd != nil { settle(step: step, now: now) }
            // Nothing that depends on a disputed answer is begun.
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

    /// Discounts time in which this coordinator received nothing: no worker counts as silent during it, and
    /// no lease gets older.
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

    /// Ends the run and tells every worker and the owner.
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
            // If the run has begun and can be resumed, workers wait for it, as after an interruption.
            case .failed(let reason): ("the run failed: \(reason)", training == nil || !canGoOn)
            }
        let farewell = CoordinatorMessage.goodbye(reason: reason, final: final)
        self.farewell = farewell
        for peer in peers { actions.append(.send(farewell, to: peer)) }
        actions.append(.finished(outcome))
    }

    /// Ends the run at the next consistent position: now, or after the update under way.
    mutating func request(_ outcome: RunEnd, _ now: Instant) {
        guard !hasEnded else { return }
        if case .applying = phase {
            requestedEnd = requestedEnd ?? outcome
        } else {
            stop(now, as: outcome)
        }
    }

    /// Saves the position and ends the run.
    mutating func stop(_ now: Instant, as outcome: RunEnd) {
        if let open = disputes.min() {
            // The next process knows nothing of the dispute, so the state it starts from must not contain the
            // disputed answer.
            let isSaved = saved.contains { isContained(open, after: $0) }
            if isSaved || outcome.hasModel, let entry = leases[open] {
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

    /// Handles what is due: silent and stuck workers, leases to send again, disputes, and the run's time
    /// limit.
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
    /// Without a fraction if there is none.
    var formatted: String { self == rounded() && magnitude < 1e15 ? String(Int(self)) : String(self) }
}
