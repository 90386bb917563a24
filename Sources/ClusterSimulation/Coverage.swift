import TrainingProtocol
import WireMessages

/// Counts which events the state machines have handled in which phases.
package struct Coverage: Sendable {
    /// Counts by phase and event.
    package private(set) var coordinator = [Int](
        repeating: 0, count: CoordinatorMachine.phaseNames.count * coordinatorEvents.count)
    package private(set) var worker = [Int](
        repeating: 0, count: WorkerMachine.phaseNames.count * workerEvents.count)

    /// The coordinator's events; messages are counted by kind.
    package static let coordinatorEvents = [
        "started", "hello", "ready", "result", "contentRequest", "heartbeat", "leaving", "partReceived",
        "peerLost", "timer", "preactivationsReady", "stepApplied", "weightsReady", "stopRequested",
        "ownerFailed", "picturesDecoded", "brokeProtocol", "decided", "vouched",
    ]
    /// The worker's events; messages are counted by kind.
    package static let workerEvents = [
        "started", "connected", "disconnected", "welcome", "refused", "lease", "weights", "contentPiece",
        "heartbeat", "goodbye", "partReceived", "prepared", "preparationFailed", "leaseFinished",
        "statusChanged", "timer", "stopRequested", "preparing",
    ]

    package init() {}

    mutating func note(_ event: CoordinatorEvent, in machine: CoordinatorMachine) {
        coordinator[machine.phaseIndex * Self.coordinatorEvents.count + event.kind] += 1
    }

    mutating func note(_ event: WorkerEvent, in machine: WorkerMachine) {
        worker[machine.phaseIndex * Self.workerEvents.count + event.kind] += 1
    }

    mutating func add(_ other: Coverage) {
        for place in coordinator.indices { coordinator[place] += other.coordinator[place] }
        for place in worker.indices { worker[place] += other.worker[place] }
    }

    /// A line for each event and a column for each phase, coordinator first.
    package var lines: [String] {
        Self.table(
            "coordinator", CoordinatorMachine.phaseNames, Self.coordinatorEvents, coordinator,
            unreachable: Self.unreachableInCoordinator)
            + [""]
            + Self.table(
                "worker", WorkerMachine.phaseNames, Self.workerEvents, worker,
                unreachable: Self.unreachableInWorker)
    }

    /// The pairs that can be reached and were not, such as "coordinator: evaluating x ownerFailed".
    package var missing: [String] {
        Self.missing(
            "coordinator", CoordinatorMachine.phaseNames, Self.coordinatorEvents, coordinator,
            unreachable: Self.unreachableInCoordinator)
            + Self.missing(
                "worker", WorkerMachine.phaseNames, Self.workerEvents, worker,
                unreachable: Self.unreachableInWorker)
    }

    private static func missing(
        _ machine: String, _ phases: [String], _ events: [String], _ counts: [Int],
        unreachable: (_ phase: String, _ event: String) -> String?
    ) -> [String] {
        phases.indices.flatMap { phase in
            events.indices.filter { event in
                counts[phase * events.count + event] == 0 && unreachable(phases[phase], events[event]) == nil
            }.map { "\(machine): \(phases[phase]) x \(events[$0])" }
        }
    }

    private static func table(
        _ machine: String, _ phases: [String], _ events: [String], _ counts: [Int],
        unreachable: (_ phase: String, _ event: String) -> String?
    ) -> [String] {
        let width = 12
        func column(_ text: String) -> String {
            String(repeating: " ", count: max(1, width - text.count)) + text
        }
        let name = 20
        func row(_ title: String, _ columns: [String]) -> String {
            title + String(repeating: " ", count: max(1, name - title.count)) + columns.joined()
        }
        return [row(machine, phases.map(column))]
            + events.indices.map { event in
                row(
                    events[event],
                    phases.indices.map { phase in
                        let count = counts[phase * events.count + event]
                        let isReachable = unreachable(phases[phase], events[event]) == nil
                        return column(count == 0 && !isReachable ? "-" : "\(count)")
                    })
            }
    }

    // MARK: Unreachable pairs

    /// Why a coordinator never gets an event in a phase; `nil` if it may.
    package static func unreachableInCoordinator(_ phase: String, _ event: String) -> String? {
        switch (event, phase) {
        case ("started", "checking"): nil
        case ("started", _): "a machine starts once, and checks first"
        case ("preactivationsReady", "preparing"), ("preactivationsReady", "applying"): nil
        case ("preactivationsReady", "ended"), ("stepApplied", "ended"), ("weightsReady", "ended"):
            "the process ends with the machine"
        case ("preactivationsReady", _): "sums are asked for in preparing, and with an update"
        case ("stepApplied", "applying"): nil
        case ("stepApplied", _): "an update is waited for in applying"
        case ("weightsReady", "preparing"), ("weightsReady", "evaluating"): nil
        case ("weightsReady", _): "weights are asked for in preparing and in evaluating, and waited for there"
        case (_, "ended"): "the process ends with the machine"
        default: nil
        }
    }

    /// Why a worker never gets an event in a phase; `nil` if it may.
    package static func unreachableInWorker(_ phase: String, _ event: String) -> String? {
        switch (event, phase) {
        case (_, "ended"): "the process ends with the machine"
        case ("started", "greeting"): nil
        case ("started", _): "a machine starts once, and greets first"
        case ("preparationFailed", "working"): "who can't prepare leaves"
        case ("lease", "preparing"), ("weights", "preparing"), ("leaseFinished", "preparing"):
            "work is for those that are ready, and who was ready once prepares no more"
        default: nil
        }
    }
}

extension CoordinatorEvent {
    fileprivate var kind: Int {
        switch self {
        case .started: 0
        case .received(.hello, _): 1
        case .received(.ready, _): 2
        case .received(.result, _): 3
        case .received(.contentRequest, _): 4
        case .received(.heartbeat, _): 5
        case .received(.leaving, _): 6
        case .partReceived: 7
        case .peerLost: 8
        case .timer: 9
        case .preactivationsReady: 10
        case .stepApplied: 11
        case .weightsReady: 12
        case .stopRequested: 13
        case .ownerFailed: 14
        case .picturesDecoded: 15
        case .brokeProtocol: 16
        case .decided: 17
        case .vouched: 18
        }
    }
}

extension WorkerEvent {
    fileprivate var kind: Int {
        switch self {
        case .started: 0
        case .connected: 1
        case .disconnected: 2
        case .received(.welcome): 3
        case .received(.refused): 4
        case .received(.lease): 5
        case .received(.weights): 6
        case .received(.contentPiece): 7
        case .received(.heartbeat): 8
        case .received(.goodbye): 9
        case .partReceived: 10
        case .prepared: 11
        case .preparationFailed: 12
        case .leaseFinished: 13
        case .statusChanged: 14
        case .timer: 15
        case .stopRequested: 16
        case .received(.preparing): 17
        }
    }
}
