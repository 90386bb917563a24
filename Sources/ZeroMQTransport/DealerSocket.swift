import CZeroMQ
import Glibc
import WireMessages

/// A worker's socket: one connection to its coordinator, which libzmq restores by itself.
///
/// It lives on the thread that made it. Nothing here waits; `SocketPoller` does, and sends what is queued
/// meanwhile. What was not delivered when a connection ends is dropped, so that nothing stale reaches a
/// restarted coordinator: whoever uses it begins anew after `disconnected`.
package final class DealerSocket: PolledSocket {
    /// Events kept until they are asked for; the oldest go first.
    private static let maximumEvents = 256

    private let settings: TransportSettings
    private let socket: SocketHandle
    private let monitor: SocketMonitor
    private var history = ConnectionHistory()
    private var events: [ConnectionEvent] = []
    private var assembler: MessageAssembler
    private var outgoing: OutgoingQueue
    private var messageNumber: UInt32 = 0
    private var hasParts = false
    /// Where the coordinator is given by a name.
    private var rounds: AddressRounds?
    /// Which of its addresses libzmq dials.
    private var dialled = ""

    package init(
        context: MessagingContext = .shared, settings: TransportSettings = TransportSettings()
    ) throws(TransportError) {
        self.settings = settings
        assembler = MessageAssembler(limits: settings.limits)
        outgoing = OutgoingQueue(settings)
        socket = try SocketHandle(ZMQ_DEALER, context: context)
        try socket.apply(settings)
        switch settings.security {
        case .plain: break
        case .client(let keys, let server): try socket.encrypt(as: keys, server: server)
        case .server: preconditionFailure("a worker's socket takes a client's keys")
        }
        // Nothing is given to a connection before it stands; libzmq drops with it what it could not deliver.
        try socket.set(ZMQ_IMMEDIATE, 1)
        monitor = try SocketMonitor(socket, events: ConnectionHistory.events, context: context)
    }

    /// Begins to connect, and goes on until this socket is gone.
    package func connect(_ endpoint: String) throws(TransportError) {
        if endpoint.hasPrefix(MeetingPlace.scheme) {
            try MeetingPlace(endpoint: endpoint).prepareFolder()
        } else {
            let address = try EndpointAddress(endpoint)
            guard address.isNumeric else { return try connect(AddressRounds(address)) }
        }
        try check("connecting", endpoint: endpoint) { zmq_connect(socket.raw, endpoint) }
    }

    /// Dials a name's addresses in turn.
    func connect(_ rounds: AddressRounds) throws(TransportError) {
        self.rounds = rounds
        try dialNext()
    }

    /// Dials a name's next address when it is time.
    private func dialNext() throws(TransportError) {
        guard let address = rounds?.address else { return }
        switch rounds?.next(at: .now) ?? .wait {
        case .wait: return
        case .unknown: note(.unresolved(endpoint: "tcp://\(address.host):\(address.port)"))
        case .dial(let endpoint):
            dialled = endpoint
            try check("connecting", endpoint: endpoint) { zmq_connect(socket.raw, endpoint) }
        }
    }

    /// The next whole message, if there is one.
    package func receive() throws(TransportError) -> Result<WireFrames, SegmentError>? {
        while let first = try socket.receiveFrame() {
            let frames = try socket.receiveRest(after: first, limit: settings.limits.maximumTensors + 1)
            do throws(SegmentError) {
                if let message = try assembler.accept(frames) { return .success(message) }
                hasParts = true
            } catch {
                return .failure(error)
            }
        }
        return nil
    }

    /// Whether parts of a message have come since the last call, and not yet all of it.
    package func takeParts() -> Bool {
        defer { hasParts = false }
        return hasParts
    }

    /// Sends the whole message or nothing: what libzmq doesn't take at once waits here, in order.
    package func send(_ message: WireFrames) throws(TransportError) -> SendOutcome {
        try settings.limits.checkSendable(message)
        let segments = Segment.cut(message, number: messageNumber, segmentBytes: settings.segmentBytes)
        guard outgoing.admits(segments) else { return .wouldBlock }
        messageNumber &+= 1
        outgoing.append(segments)
        try readMonitor()
        try flush()
        return .sent
    }

    /// Gives libzmq what waits here, for as long as libzmq itself would linger: for a socket that is about to
    /// go. The one call here that waits.
    package func drain() throws(TransportError) {
        let deadline = ContinuousClock.now + settings.linger
        while outgoing.first != nil, ContinuousClock.now < deadline {
            _ = try prepareToWait()
            if outgoing.first != nil { usleep(1_000) }
        }
    }

    /// Bytes that wait here, beyond what libzmq has taken.
    package var queuedBytes: Int { outgoing.cost }

    /// What happened to the connection since the last call, oldest first.
    package func nextEvent() throws(TransportError) -> ConnectionEvent? {
        try readMonitor()
        return events.isEmpty ? nil : events.removeFirst()
    }

    /// As `PolledSocket` says: libzmq's own descriptor and the monitor's.
    package func descriptors() throws(TransportError) -> [Int32] {
        [try socket.get(ZMQ_FD), try monitor.descriptor()]
    }

    /// As `PolledSocket` says; queued output is tried first.
    package func prepareToWait() throws(TransportError) -> Bool {
        try readMonitor()
        if outgoing.first != nil {
            // Reading the events first makes libzmq note where there is room again.
            _ = try socket.hasInput()
            try flush()
        }
        let hasInput = try socket.hasInput()
        return hasInput || !events.isEmpty
    }

    private func flush() throws(TransportError) {
        while let segment = outgoing.first {
            switch try socket.send(segment) {
            case .sent: outgoing.removeFirst()
            case .wouldBlock: return
            case .unreachable:
                // The monitor tells of it as well, but the next segment may find the next connection by then.
                outgoing = OutgoingQueue(settings)
                return
            }
        }
    }

    private func readMonitor() throws(TransportError) {
        var pause: Duration?
        while let event = try monitor.next() {
            switch event.kind {
            case ZMQ_EVENT_CONNECT_RETRIED: pause = .milliseconds(Int(event.value))
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: pause = nil
            default: break
            }
            guard let translated = history.translate(event) else { continue }
            if case .disconnected = translated {
                outgoing = OutgoingQueue(settings)
            }
            note(translated)
        }
        guard rounds != nil else { return }
        if let pause {
            // libzmq would dial the same address again.
            try check("connecting", endpoint: dialled) { zmq_disconnect(socket.raw, dialled) }
            rounds?.ended(at: .now, pause: pause)
        }
        try dialNext()
    }

    private func note(_ event: ConnectionEvent) {
        if events.count == Self.maximumEvents { events.removeFirst() }
        events.append(event)
    }
}
