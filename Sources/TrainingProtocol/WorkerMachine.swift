import ContentAddressing
import WireMessages

package enum WorkerEvent: Sendable {
    case started
    case connected
    case disconnected(reason: String)
    case received(CoordinatorMessage)
    /// Part of a message has arrived; the rest is on its way.
    case partReceived
    /// The backbone and everything else the session needs is ready, or can't be had.
    case prepared(slots: Int)
    case preparationFailed(reason: String)
    case leaseFinished(LeaseResult)
    /// The worker's current status, for the next heartbeat.
    case statusChanged(WorkerStatus)
    case timer
    case stopRequested(reason: String)
}

/// What the worker's machine asks its owner to do.
package enum WorkerAction: Sendable {
    case send(WorkerMessage)
    /// Fetch the session's weights and build the extractor; answered by `prepared` or `preparationFailed`.
    case prepare(Welcome)
    case start(Lease)
    /// Drop leases that have not begun, since their answers would not count.
    case dropLeases
    case keepWeights(HeadWeights)
    case contentArrived(ContentPiece)
    /// Close the socket and open a new one.
    case reconnect
    case log(LogLevel, String)
    case leave(WorkerEnd)
}

package enum WorkerEnd: Sendable, Equatable {
    case done(reason: String)
    case failed(reason: String)
    /// No coordinator was there for as long as the worker waits.
    case unserved(reason: String)
}

package struct WorkerLimits: Sendable, Equatable {
    /// How long to wait for the first welcome.
    package var connectTimeout = Duration.seconds(60)
    /// How long to wait for a known coordinator to come back.
    package var patience = Duration.seconds(600)
    /// Time between repeated hellos.
    package var helloInterval = Duration.seconds(1)
    /// A coordinator that has sent nothing for this long, despite heartbeats, is considered gone.
    package var silence = Duration.seconds(10)

    package init() {}
}

/// A worker as a value: it says hello, prepares, answers leases, and waits for a while if its coordinator
/// goes away.
package struct WorkerMachine: Sendable {
    enum Phase: Sendable, Equatable {
        /// No welcome yet, since `since`.
        case greeting(since: Instant)
        case preparing
        case working
        case ended
    }

    private let hello: Hello
    private let address: String
    private let limits: WorkerLimits
    private(set) var phase = Phase.greeting(since: .zero)
    private var welcome: Welcome?
    private var slots: Int?
    private var lastHello: Instant?
    /// Leases begun and not answered; if one of them comes again, it is already in progress.
    private var open: Set<LeaseID> = []
    /// The name of the current weights.
    private var weights: ContentDigest?
    /// Whether the coordinator may not know that this worker is ready.
    private var repeatsReady = false
    private var lastHeard = Instant.zero
    private var lastSpoken = Instant.zero
    private var lastNotice = Instant.zero
    private var status = WorkerStatus(picturesExtracted: 0, picturesFromStore: 0, activity: "starting")
    private var lastFailure = "no answer yet"
    /// When the log last said that the coordinator is preparing.
    private var lastPreparingNotice: Instant?

    /// - Parameters:
    ///   - hello: introduces the worker.
    ///   - address: the coordinator's, for messages to people.
    package init(hello: Hello, address: String, limits: WorkerLimits = WorkerLimits()) {
        self.hello = hello
        self.address = address
        self.limits = limits
    }

    package var hasEnded: Bool { phase == .ended }

    /// Handles an event at its time and returns the actions to take, in order.
    package mutating func handle(_ event: WorkerEvent, now: Instant) -> [WorkerAction] {
        guard !hasEnded else { return [] }
        switch event {
        case .started:
            phase = .greeting(since: now)
            lastHeard = now
            lastNotice = now
            return sayHello(now)
        case .connected:
            if case .greeting = phase { return lastHello == nil ? sayHello(now) : [] }
            // The end of the previous connection went unnoticed; the coordinator does not know this one.
            return loseCoordinator("the connection is a new one", now: now) + sayHello(now)
        case .disconnected(let reason):
            lastFailure = reason
            return loseCoordinator(reason, now: now)
        case .received(let message):
            lastHeard = now
            return receive(message, now: now)
        case .partReceived:
            lastHeard = now
            return []
        case .prepared(let slots):
            guard phase == .preparing else { return [] }
            self.slots = slots
            phase = .working
            repeatsReady = true
            return speak(.ready(slots: slots), now: now)
        case .preparationFailed(let reason):
            return [.send(.leaving(reason: reason))] + leave(.failed(reason: reason))
        case .leaseFinished(let result):
            open.remove(result.id)
            // Dropped if the coordinator is gone. Otherwise sent even if it came back meanwhile, as it may
            // still accept the answer.
            return phase == .working ? speak(.result(result), now: now) : []
        case .statusChanged(let status):
            self.status = status
            return []
        case .timer: return checkTimes(now)
        case .stopRequested(let reason):
            return [.send(.leaving(reason: reason))] + leave(.done(reason: reason))
        }
    }

    private mutating func receive(_ message: CoordinatorMessage, now: Instant) -> [WorkerAction] {
        switch message {
        case .welcome(let new): return enter(new, now: now)
        case .refused(let reason):
            return leave(.failed(reason: "the coordinator refused this worker: \(reason)"))
        case .lease(let lease): return begin(lease, now: now)
        case .weights(let weights):
            repeatsReady = false
            self.weights = weights.digest
            return [.keepWeights(weights)]
        case .contentPiece(let piece): return [.contentArrived(piece)]
        case .heartbeat: return []
        case .goodbye(let reason, let final):
            if final { return leave(.done(reason: reason)) }
            return loseCoordinator(reason, now: now) + [.log(.notice, reason)]
        case .preparing(let preparing): return wait(for: preparing, now: now)
        }
    }

    /// A coordinator that is preparing is there: the time to wait starts again with each of its answers.
    private mutating func wait(for preparing: Preparing, now: Instant) -> [WorkerAction] {
        guard case .greeting = phase else {
            // It isn't the process that welcomed this worker.
            return loseCoordinator("it has begun anew", now: now)
        }
        phase = .greeting(since: now)
        lastNotice = now
        lastFailure = Reception.words(read: preparing.picturesRead, of: preparing.pictures)
        if let lastPreparingNotice, now - lastPreparingNotice < Self.preparingNoticeInterval { return [] }
        lastPreparingNotice = now
        return [.log(.notice, "the coordinator at \(address) is \(lastFailure)")]
    }

    private mutating func begin(_ lease: Lease, now: Instant) -> [WorkerAction] {
        guard phase == .working else { return [] }
        repeatsReady = false
        if let step = lease.work.weightsStep, lease.weights != weights {
            phase = .greeting(since: now)
            lastNotice = now
            open = []
            return [.dropLeases, .log(.warning, "the weights of step \(step) did not come; asking anew")]
                + sayHello(now)
        }
        guard hasCredit(for: lease.id) else { return [] }
        return open.insert(lease.id).inserted ? [.start(lease)] : []
    }

    /// Whether one more lease of its lane may wait here. The coordinator keeps to the same limit, but the
    /// network may delay and repeat messages. A lease beyond the limit is not begun; it comes again if it is
    /// still wanted.
    private func hasCredit(for id: LeaseID) -> Bool {
        let isGradient = id.kind == .gradient
        let credit = ProtocolLimits.credit(gradients: isGradient, slots: slots ?? 0)
        return open.count { ($0.kind == .gradient) == isGradient } < credit
    }

    private mutating func enter(_ new: Welcome, now: Instant) -> [WorkerAction] {
        guard case .greeting = phase else {
            // The coordinator repeats its welcome if it has not received `ready` from this worker.
            guard phase == .working, welcome?.session == new.session, let slots else { return [] }
            return speak(.ready(slots: slots), now: now)
        }
        lastHello = nil
        lastPreparingNotice = nil
        let isKnown = welcome?.session == new.session
        welcome = new
        if isKnown, let slots {
            phase = .working
            repeatsReady = true
            return [.log(.notice, "back with the coordinator as worker \(new.workerNumber)")]
                + speak(.ready(slots: slots), now: now)
        }
        phase = .preparing
        weights = nil
        return [.log(.info, "joined the run as worker \(new.workerNumber)"), .prepare(new)]
    }

    private mutating func loseCoordinator(_ reason: String, now: Instant) -> [WorkerAction] {
        if case .greeting = phase { return [] }
        let preparing = phase == .preparing
        phase = .greeting(since: now)
        lastHello = nil
        lastNotice = now
        open = []
        // Preparation continues: the coordinator that comes back can use its result.
        if preparing { welcome = nil }
        return [
            .dropLeases, .log(.warning, "the coordinator at \(address) is gone: \(reason); waiting for it"),
        ]
    }

    private mutating func checkTimes(_ now: Instant) -> [WorkerAction] {
        switch phase {
        case .greeting(let since):
            let bound = welcome == nil && slots == nil ? limits.connectTimeout : limits.patience
            let waited = now - since
            if waited >= bound {
                return leave(
                    .unserved(
                        reason:
                            "no coordinator at \(address) for \(Int(waited.inSeconds)) s (\(lastFailure)); "
                            + "start it, check the address, or raise "
                            + (welcome == nil ? "--connect-timeout" : "--patience")))
            }
            var actions: [WorkerAction] = []
            if now - lastNotice >= Self.noticeInterval {
                lastNotice = now
                actions.append(
                    .log(
                        .notice,
                        "waiting for a coordinator at \(address), \(Int(waited.inSeconds)) s (\(lastFailure))"
                    ))
            }
            if lastHello.map({ now - $0 >= limits.helloInterval }) ?? true { actions += sayHello(now) }
            return actions
        case .preparing, .working:
            if now - lastHeard >= limits.silence {
                lastFailure = "it is silent"
                return loseCoordinator("silent for \(Int((now - lastHeard).inSeconds)) s", now: now) + [
                    .reconnect
                ]
            }
            let interval = Duration.milliseconds(welcome?.heartbeatMilliseconds ?? 1000)
            guard now - lastSpoken >= interval else { return [] }
            let ready = repeatsReady ? slots.map { [WorkerAction.send(.ready(slots: $0))] } : nil
            var status = status
            status.gradientsOpen = open.count { $0.kind == .gradient }
            status.leasesOpen = open.count - status.gradientsOpen
            return (ready ?? []) + speak(.heartbeat(status), now: now)
        case .ended: return []
        }
    }

    /// What the worker is doing at `now`, for people who ask.
    package func report(now: Instant) -> String {
        switch phase {
        case .greeting(let since):
            "waiting for a coordinator at \(address) for \((now - since).inSeconds.tenths) s (\(lastFailure))"
        case .preparing, .working:
            "worker \(welcome?.workerNumber ?? 0) of the coordinator at \(address), heard "
                + "\((now - lastHeard).inSeconds.tenths) s ago: \(status.activity); \(status.picturesExtracted) "
                + "pictures computed, \(status.picturesFromStore) from the store"
        case .ended: "leaving"
        }
    }

    /// Time between log lines that the worker is still waiting.
    private static let noticeInterval = Duration.seconds(5)
    /// The same while the coordinator reports its preparation.
    private static let preparingNoticeInterval = Duration.seconds(30)

    private mutating func sayHello(_ now: Instant) -> [WorkerAction] {
        lastHello = now
        var hello = hello
        hello.resumingRun = welcome?.run ?? ""
        return [.send(.hello(hello))]
    }

    private mutating func speak(_ message: WorkerMessage, now: Instant) -> [WorkerAction] {
        // Answers don't tell which other leases the worker has, so they don't replace heartbeats.
        if case .result = message {} else { lastSpoken = now }
        return [.send(message)]
    }

    private mutating func leave(_ end: WorkerEnd) -> [WorkerAction] {
        phase = .ended
        return [.leave(end)]
    }
}
