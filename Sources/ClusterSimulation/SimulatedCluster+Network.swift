import TrainingProtocol
import WireMessages

extension SimulatedCluster {
    mutating func drawTime(_ range: ClosedRange<SimulatedTime>) -> SimulatedTime {
        range.lowerBound + SimulatedTime(draw.nextUnit() * Double(range.upperBound - range.lowerBound))
    }

    /// Whether an event of this probability happens; never during the calm.
    mutating func draw(_ probability: Double) -> Bool {
        probability > 0 && !isCalm && draw.nextUnit() < probability
    }

    /// When a message on a worker's connection arrives, and when it arrives again; `nil` for never.
    private mutating func arrivals(
        _ worker: Int, isUp: Bool, byteCount: Int
    ) -> (first: SimulatedTime?, again: SimulatedTime?) {
        if link != nil { return (link?.arrival(of: byteCount, isUp: isUp, now: now), nil) }
        let network = scenario.network
        let cutUntil = isUp ? workers[worker].cutUpUntil : workers[worker].cutDownUntil
        if cutUntil > now { return (nil, nil) }
        var first = max(now + drawTime(network.delay), workers[worker].cloggedUntil)
        if isCalm || !network.reorders {
            first = max(first, isUp ? workers[worker].lastUp : workers[worker].lastDown)
            if isUp { workers[worker].lastUp = first } else { workers[worker].lastDown = first }
        }
        let isLost = draw(network.loss)
        let isRepeated = draw(network.repeats)
        return (isLost ? nil : first, isRepeated ? first + drawTime(0...(.second)) : nil)
    }

    mutating func transmit(_ message: WorkerMessage, from worker: Int) {
        guard let connection = workers[worker].connection else {
            // The socket keeps it for the next connection, up to its high-water mark.
            if workers[worker].unsent.count < Self.highWaterMark { workers[worker].unsent.append(message) }
            return
        }
        let byteCount = link == nil ? 0 : message.estimatedByteCount(link?.sizes ?? MessageSizes())
        let (first, again) = arrivals(worker, isUp: true, byteCount: byteCount)
        if first == nil {
            trace.note(now, 30, worker, text: "worker \(worker): \(message.summary) is lost")
        }
        if let first {
            if link == nil, message.isLong, draw(Self.requestShare) {
                events.plan(.upPart(connection: connection), at: first)
            }
            events.plan(.up(message, connection: connection), at: first)
        }
        if let again { events.plan(.up(message, connection: connection), at: again) }
    }

    private static let highWaterMark = 1000

    mutating func transmit(_ message: CoordinatorMessage, to peer: Peer) {
        if let connection = coordinator?.connectionOfPeer[peer] { transmit(message, over: connection) }
    }

    private mutating func transmit(_ message: CoordinatorMessage, over connection: Int) {
        guard connections[connection].isOpen else { return }
        let end = connections[connection]
        let byteCount = link == nil ? 0 : message.estimatedByteCount(link?.sizes ?? MessageSizes())
        let (first, again) = arrivals(end.worker, isUp: false, byteCount: byteCount)
        if first == nil {
            trace.note(now, 31, end.worker, text: "to worker \(end.worker): \(message.summary) is lost")
        }
        if let first, link == nil, message.isLong, draw(Self.requestShare) {
            events.plan(
                .downPart(worker: end.worker, incarnation: end.incarnation, socket: end.socket), at: first)
        }
        for time in [first, again] {
            guard let time else { continue }
            events.plan(
                .down(message, worker: end.worker, incarnation: end.incarnation, socket: end.socket),
                at: time)
        }
    }

    /// Delivers a message to the coordinator.
    mutating func arrive(_ message: WorkerMessage, on connection: Int) throws(Violation) {
        if isPreparing, connections[connection].isOpen {
            let answer = Reception.answer(message, Preparing(picturesRead: 1, pictures: 2))
            if let answer { transmit(answer, over: connection) }
            return
        }
        // A worker's last message is on its way when its process has ended.
        let isLastWord = if case .leaving = message { true } else { false }
        guard connections[connection].isOpen || isLastWord, let peer = coordinator?.peer(of: connection)
        else { return }
        if case .ready = message, let process = joined[peer] { readied.insert(process) }
        trace.note(
            now, 32, connection, message.code,
            text: "coordinator gets \(message.summary) from worker \(connections[connection].worker) "
                + "(peer \(peer))")
        if case .result(let result) = message, result.run == scenario.configuration.run {
            coordinator?.openLeases.answered(result)
            arriving = result.id
            if hasLiars, let process = joined[peer] {
                testimony.hear(
                    result, from: process, isVerified: verifiesAll || provesWrong(process, result.id),
                    binds: !scenario.configuration.allowsDifferentArithmetic)
            }
        }
        try feed(.received(message, from: peer))
        arriving = nil
        if case .hello = message, scenario.workers[connections[connection].worker].isOwn {
            try feed(.vouched(for: peer))
        }
    }

    /// Whether every answer to an extraction or gradient lease is sure to be compared with another.
    private var verifiesAll: Bool {
        let configuration = scenario.configuration
        return configuration.verifiedShare == 1 && !configuration.allowsDifferentArithmetic
            && scenario.faults.isEmpty && scenario.network.isCalm
            && presentSoundWorkers.count > 1
    }

    /// Whether the answer is certain to be found false by the proof of first answers: all of this worker's
    /// answers are false, and no other worker gives false ones.
    private func provesWrong(_ process: Testimony.ProcessName, _ id: LeaseID) -> Bool {
        let configuration = scenario.configuration
        guard configuration.provesWorkers, !configuration.allowsDifferentArithmetic, !hasNoOpinion,
            let misconduct = misconduct(of: process.worker, incarnation: process.incarnation),
            misconduct.frequency == .always, misconduct.begins == 0, id.kind != .check
        else { return false }
        // Two workers that give the same false answer agree.
        return !scenario.workers[process.worker].isOwn
            && scenario.workers.count { $0.misconduct?.isLie ?? false } == 1
    }

    /// The workers that have joined, are ready, and are sound.
    var presentSoundWorkers: Set<Int> {
        Set(
            joined.values.filter {
                readied.contains($0) && misconduct(of: $0.worker, incarnation: $0.incarnation) == nil
            }.map(\.worker))
    }

    // MARK: Connections

    /// Gives a worker a new socket; what the old one held is lost.
    mutating func openSocket(_ worker: Int) {
        if let old = workers[worker].connection { close(old, tellsWorker: false) }
        workers[worker].socket += 1
        workers[worker].unsent = []
        planConnect(worker, within: 1_000_000...20_000_000)
    }

    private mutating func planConnect(_ worker: Int, within delay: ClosedRange<SimulatedTime>) {
        let end = workers[worker]
        events.plan(
            .connect(worker: worker, incarnation: end.incarnation, socket: end.socket),
            at: now + drawTime(delay))
    }

    mutating func connect(_ worker: Int, socket: Int) throws(Violation) {
        let end = workers[worker]
        guard end.socket == socket, end.connection == nil else { return }
        let isThere = coordinator != nil || isPreparing
        guard isThere, end.cutUpUntil <= now, end.cutDownUntil <= now, end.cloggedUntil <= now else {
            planConnect(worker, within: 50_000_000...500_000_000)
            return
        }
        connections.append(Connection(worker: worker, incarnation: end.incarnation, socket: socket))
        workers[worker].connection = connections.count - 1
        trace.note(
            now, 33, worker, text: "worker \(worker) has connection \(connections.count - 1)")
        let unsent = end.unsent
        workers[worker].unsent = []
        for message in unsent { transmit(message, from: worker) }
        try feed(.connected, to: worker)
    }

    /// Ends a connection. Both ends hear of it a little later, unless it goes unnoticed; the socket
    /// reconnects by itself.
    mutating func close(_ connection: Int, tellsWorker: Bool = true) {
        guard connections[connection].isOpen else { return }
        connections[connection].isOpen = false
        let end = connections[connection]
        let isHidden = scenario.network.hidesDisconnections && !isCalm
        if !isHidden { events.plan(.peerLost(connection: connection), at: now + drawTime(0...50_000_000)) }
        guard workers[end.worker].connection == connection else { return }
        workers[end.worker].connection = nil
        guard tellsWorker, workers[end.worker].machine != nil else { return }
        if !isHidden {
            events.plan(
                .disconnected(worker: end.worker, incarnation: end.incarnation, socket: end.socket),
                at: now + drawTime(0...50_000_000))
        }
        planConnect(end.worker, within: 60_000_000...500_000_000)
    }
}

extension WorkerMessage {
    /// Whether it may be on its way for a while.
    fileprivate var isLong: Bool { if case .result = self { true } else { false } }
}

extension CoordinatorMessage {
    fileprivate var isLong: Bool {
        switch self {
        case .lease, .weights, .contentPiece: true
        case .welcome, .refused, .heartbeat, .goodbye, .preparing: false
        }
    }
}
