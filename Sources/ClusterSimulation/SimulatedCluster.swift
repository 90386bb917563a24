import ContentAddressing
import ExactArithmetic
import TrainingProtocol
import WireMessages

/// A coordinator and its workers, as the real state machines, under a virtual clock. Everything around them
/// is simulated: processes, sockets, threads, the head, the disk, and their faults.
struct SimulatedCluster {
    enum Event {
        case coordinatorTimer(generation: Int)
        case workerTimer(Int, incarnation: Int)
        case startWorker(Int, incarnation: Int)
        case up(WorkerMessage, connection: Int)
        case upPart(connection: Int)
        case downPart(worker: Int, incarnation: Int, socket: Int)
        case down(CoordinatorMessage, worker: Int, incarnation: Int, socket: Int)
        case connect(worker: Int, incarnation: Int, socket: Int)
        case disconnected(worker: Int, incarnation: Int, socket: Int)
        case peerLost(connection: Int)
        case prepared(worker: Int, incarnation: Int)
        case worked(worker: Int, incarnation: Int, isGradient: Bool)
        case head(HeadReport, generation: Int)
        case written(generation: Int)
        case decoded([DecodedPicture], generation: Int)
        case decided(LeaseResult, generation: Int)
        case fault(Fault)
        case stray
        case startCoordinator
    }

    enum HeadReport {
        case sums(step: Int, [FactorGradientWork])
        case applied(step: Int)
        case weights(HeadWeights)
        case snapshot
    }

    struct Connection {
        let worker: Int
        let incarnation: Int
        let socket: Int
        var isOpen = true
    }

    let scenario: Scenario
    var reference: ReferenceRun
    var sabotage: Sabotage
    /// The planner's network; random delays if `nil`.
    var link: SharedLink?
    var now: SimulatedTime = 0
    var events = EventQueue<Event>()
    var draw: CounterBasedGenerator
    var trace: Trace
    var eventCount = 0

    var workers: [SimulatedWorker]
    var connections: [Connection] = []
    var coordinator: SimulatedCoordinator?
    var generation = 0
    var disk = SimulatedDisk()
    /// Leases that were made to fail; each fails once.
    var failed: Set<LeaseID> = []
    var end: RunEnd?
    /// How long the coordinator stays away after it was asked to stop or could not continue.
    var downAfterStop: SimulatedTime = .second
    var coordinatorStandsStillUntil: SimulatedTime = 0
    /// From this time on the next coordinator is there and reads its pictures.
    var coordinatorPreparesFrom: SimulatedTime = 0
    var coordinatorClockAhead: SimulatedTime = 0
    var testimony = Testimony()
    let hasLiars: Bool
    /// The answer that the coordinator is handling.
    var arriving: LeaseID?
    /// The worker processes that the coordinator has welcomed, by peer.
    var joined: [Peer: Testimony.ProcessName] = [:]
    /// The worker processes that have said that they are ready.
    var readied: Set<Testimony.ProcessName> = []
    /// Verdicts that earlier coordinators found.
    var remembered: [ContentDigest: PictureVerdict] = [:]
    /// Whether the coordinator once had no memory left to decode a picture.
    var couldNotDecode = false
    /// Whether the coordinator could once not compute a lease.
    var hasNoOpinion = false
    /// Whether a remembered verdict was changed from outside.
    var verdictsHaveChanged = false
    /// Whether the run has begun: its record is written, with the name of the readable pictures.
    var hasRecord = false
    var recorded: ContentDigest?
    var isStopping = false
    var coverage = Coverage()
    var hasStruckInPhase = false

    /// - Parameters:
    ///   - bug: the planted bug, if any.
    ///   - keepsLines: whether to keep a trace for people.
    init(
        _ scenario: Scenario, bug: PlantedBug? = nil, repetition: Int = 0, keepsLines: Bool = false,
        link: SharedLink? = nil
    ) {
        self.scenario = scenario
        self.link = link
        hasLiars = scenario.workers.contains { $0.misconduct?.isLie ?? false }
        reference = ReferenceRun(
            scenario, unreadable: scenario.unreadable,
            goesOn: hasLiars)
        sabotage = Sabotage(bug, repetition: repetition)
        draw = CounterBasedGenerator(seed: scenario.seed, purpose: .simulation, index: 1)
        trace = Trace(keepsLines: keepsLines)
        workers = Array(repeating: SimulatedWorker(), count: scenario.workers.count)
        events.plan(.startCoordinator, at: 0)
        for (worker, traits) in scenario.workers.enumerated() {
            events.plan(.startWorker(worker, incarnation: 0), at: traits.joins)
        }
        for (time, fault) in scenario.faults { events.plan(.fault(fault), at: time) }
        if scenario.network.strays { events.plan(.stray, at: .second) }
    }

    var isCalm: Bool { now >= scenario.calmFrom }
    /// Whether a coordinator is there that has no machine yet.
    var isPreparing: Bool { coordinator == nil && generation > 0 && now >= coordinatorPreparesFrom }
    /// Whether all parts must have recovered from the faults.
    var isSettled: Bool { now >= scenario.calmFrom + Self.settling }
    /// Machines that keep sending each other messages without end stop virtual time. Real seeds stay far
    /// below this.
    var eventsAtMost = 500_000
    /// The longest timeout and its consequences.
    private static let settling: SimulatedTime = 35 * .second

    /// Handles events until the run has ended.
    mutating func run() throws(Violation) {
        while end == nil {
            guard let (time, event) = events.next(), time <= scenario.bound, eventCount < eventsAtMost else {
                throw .notEnded(seconds: Int(now / .second))
            }
            now = time
            eventCount += 1
            try happen(event)
            if end == .interrupted || end == .failed(reason: Scenario.ownersReason) {
                stopCoordinator(restartAfter: downAfterStop)
                end = nil
            }
        }
    }

    private mutating func happen(_ event: Event) throws(Violation) {
        if now < coordinatorStandsStillUntil, event.isOfCoordinator {
            // The process handles it when it continues.
            events.plan(event, at: coordinatorStandsStillUntil)
            return
        }
        switch event {
        case .startCoordinator: try startCoordinator()
        case .coordinatorTimer(let generation):
            guard coordinator?.generation == generation else { return }
            events.plan(event, at: now + Self.coordinatorTimerInterval + sabotage.outsideDelay())
            try feed(.timer)
            try watchMemory()
        case .up(let message, let connection): try arrive(message, on: connection)
        case .upPart(let connection):
            guard connections[connection].isOpen, let peer = coordinator?.peer(of: connection) else { return }
            try feed(.partReceived(from: peer))
        case .peerLost(let connection):
            guard let peer = coordinator?.forget(connection: connection) else { return }
            trace.note(now, 20, connection, text: "coordinator: connection \(connection) has ended")
            joined[peer] = nil
            try feed(.peerLost(peer, reason: "its connection ended"))
        case .head(let report, let generation):
            guard coordinator?.generation == generation else { return }
            try take(report)
        case .written(let generation):
            guard coordinator?.generation == generation else { return }
            trace.note(now, 21, text: "coordinator: a checkpoint is safe")
            if disk.finishWrite() { planWrite() }
        case .decoded(let pictures, let generation):
            guard coordinator?.generation == generation else { return }
            try feed(.picturesDecoded(pictures))
        case .decided(let result, let generation):
            guard coordinator?.generation == generation else { return }
            trace.note(now, 25, result.id.code, text: "coordinator: its own answer to \(result.id) is there")
            testimony.hear(
                result, from: .coordinator, isVerified: false,
                binds: !scenario.configuration.allowsDifferentArithmetic)
            arriving = result.id
            try feed(.decided(result))
            arriving = nil
        case .fault(let fault): try strike(fault)
        case .stray: try sendStray()
        case .startWorker(let worker, let incarnation):
            guard workers[worker].incarnation == incarnation else { return }
            try startWorker(worker)
        case .workerTimer(let worker, let incarnation), .prepared(let worker, let incarnation),
            .worked(let worker, let incarnation, _), .downPart(let worker, let incarnation, _),
            .down(_, let worker, let incarnation, _),
            .connect(let worker, let incarnation, _), .disconnected(let worker, let incarnation, _):
            guard workers[worker].incarnation == incarnation, workers[worker].machine != nil else { return }
            if workers[worker].pausedUntil > now {
                // A stopped process handles it when it continues.
                events.plan(event, at: workers[worker].pausedUntil)
            } else {
                try happen(event, to: worker)
            }
        }
    }

    private mutating func happen(_ event: Event, to worker: Int) throws(Violation) {
        switch event {
        case .workerTimer:
            events.plan(event, at: now + scenario.workers[worker].timerInterval)
            try feed(.timer, to: worker)
        case .prepared:
            trace.note(now, 22, worker, text: "worker \(worker) is prepared")
            let status = WorkerStatus(picturesExtracted: 0, picturesFromStore: 0, activity: "preparing")
            try feed(.statusChanged(status), to: worker)
            if let misconduct = workers[worker].misconduct, misconduct.task == .prepare,
                misconduct.manner == .fails
            {
                try feed(.preparationFailed(reason: "no space left"), to: worker)
            } else {
                try feed(.prepared(slots: scenario.workers[worker].slots), to: worker)
            }
        case .worked(_, _, let isGradient): try finishWork(worker, isGradient: isGradient)
        case .down(let message, _, _, let socket):
            guard workers[worker].socket == socket else { return }
            trace.note(now, 23, worker, message.code, text: "worker \(worker) gets \(message.summary)")
            try feed(.received(message), to: worker)
        case .downPart(_, _, let socket):
            if workers[worker].socket == socket { try feed(.partReceived, to: worker) }
        case .connect(_, _, let socket): try connect(worker, socket: socket)
        case .disconnected(_, _, let socket):
            guard workers[worker].socket == socket else { return }
            trace.note(now, 24, worker, text: "worker \(worker): its connection has ended")
            try feed(.disconnected(reason: "the connection ended"), to: worker)
        case .coordinatorTimer, .startWorker, .up, .upPart, .peerLost, .head, .written, .decoded, .decided,
            .fault, .stray, .startCoordinator:
            break
        }
    }

    /// Time between the coordinator's timer events.
    static let coordinatorTimerInterval: SimulatedTime = 100 * .millisecond
}

extension SimulatedCluster.Event {
    /// Whether it happens in the coordinator's process.
    var isOfCoordinator: Bool {
        switch self {
        case .coordinatorTimer, .up, .upPart, .peerLost, .head, .written, .decoded, .decided: true
        case .fault(.stopCoordinator), .fault(.failOwner): true
        default: false
        }
    }
}
