import CZeroMQ
import Glibc
import WireMessages

/// A worker's socket: one connection to its coordinator, which libzmq restores by itself.
///
/// It must stay on the thread that created it. Nothing here waits except `drain`; `SocketPoller` waits, and
/// sends what is queued meanwhile. What has not been delivered when a connection ends is dropped, so that
/// nothing stale reaches a restarted coordinator: after `disconnected`, the owner starts afresh.
package final class DealerSocket: PolledSocket {
    /// Events kept until they are read; the oldest are dropped first.
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
    /// Set if the coordinator is given by name.
    private var rounds: AddressRounds?
    /// The address that libzmq dials.
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
        // Messages are given only to an established connection; libzmq drops with it what it could not
        // deliver.
        try socket.set(ZMQ_IMMEDIATE, 1)
        monitor = try SocketMonitor(socket, events: ConnectionHistory.events, context: context)
    }

    /// Starts to connect, and retries as long as this socket exists.
    package func connect(_ endpoint: String) throws(TransportError) {
        if endpoint.hasPrefix(MeetingPlace.scheme) {
            try MeetingPlace(endpoint: endpoint).prepareFolder()
        } else {
            let address = try EndpointAddress(endpoint)
            guard address.isNumeric else { return try connect(AddressRounds(address)) }
        }
        try check("connecting", endpoint: endpoint) { zmq_connect(socket.raw, endpoint) }
    }

    /// Dials the addresses of a name in turn.
    func connect(_ rounds: AddressRounds) throws(TransportError) {
        self.rounds = rounds
        try dialNext()
    }

    /// Dials the next address of a name when it is time.
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

    /// The next complete message, if there is one.
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

    /// Whether parts of an incomplete message have arrived since the last call.
    package func takeParts() -> Bool {
        defer { hasParts = false }
        return hasParts
    }

    /// Sends the whole message or nothing; what libzmq doesn't accept at once waits here, in order.
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

    /// Passes to libzmq what waits here, for a socket that is about to be closed. This is the only call here
    /// that waits, for at most `linger`.
    package func drain() throws(TransportError) {
        let deadline = ContinuousClock.now + settings.linger
        while outgoing.first != nil, ContinuousClock.now < deadline {
            _ = try prepareToWait()
            if outgoing.first != nil { usleep(1_000) }
        }
    }

    /// Bytes that wait here, besides those that libzmq has accepted.
    package var queuedBytes: Int { outgoing.cost }

    /// The next connection event, oldest first.
    package func nextEvent() throws(TransportError) -> ConnectionEvent? {
        try readMonitor()
        return events.isEmpty ? nil : events.removeFirst()
    }

    /// As in `PolledSocket`: the descriptors of libzmq and of the monitor.
    package func descriptors() throws(TransportError) -> [Int32] {
        [try socket.get(ZMQ_FD), try monitor.descriptor()]
    }

    /// As in `PolledSocket`; sends queued output first.
    package func prepareToWait() throws(TransportError) -> Bool {
        try readMonitor()
        if outgoing.first != nil {
            // Reading the events first makes libzmq notice where there is room again.
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
                // The monitor reports it as well, but by then the next segment might go to the next
                // connection.
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
