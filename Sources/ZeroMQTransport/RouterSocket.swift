import CZeroMQ
import Glibc
import WireMessages

/// A connection's name at the coordinator, given by libzmq and never used twice by a socket.
package struct PeerID: Hashable, Sendable, CustomStringConvertible {
    let route: [UInt8]

    package var description: String {
        "peer " + route.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// What a peer did against the protocol.
package struct PeerFault: Sendable, Equatable {
    package let peer: PeerID
    package let error: SegmentError
}

/// The coordinator's socket: many workers, each known by its connection.
///
/// It lives on the thread that made it. Nothing here waits; `SocketPoller` does, and sends what is queued
/// meanwhile.
package final class RouterSocket: PolledSocket {
    /// Faults and refusals kept until they are asked for; a peer that floods loses its later ones.
    private static let maximumFaults = 64

    final class Peer {
        let id: PeerID
        let descriptor: Int32
        var assembler: MessageAssembler
        var outgoing: OutgoingQueue
        var messageNumber: UInt32 = 0
        /// Whom its latest message came from.
        var sender: PeerIdentity?
        /// When it was found to be admitted no more.
        var revoked: ContinuousClock.Instant?
        /// When libzmq took something of what waits, or it began to wait.
        var lastTaken = ContinuousClock.now
        /// Its connection is being ended, and what it sends counts no more.
        var isEnding = false

        init(id: PeerID, descriptor: Int32, settings: TransportSettings) {
            self.id = id
            self.descriptor = descriptor
            assembler = MessageAssembler(limits: settings.strangerLimits ?? settings.limits)
            outgoing = OutgoingQueue(settings)
        }
    }

    /// An accepted connection.
    struct Connection {
        /// Never used twice, as descriptors are.
        let number: Int
        /// When it last brought a whole message.
        var lastWhole = ContinuousClock.now
        var peer: PeerID?
        /// Why it is being ended.
        var ending: EndingReason?
    }

    let settings: TransportSettings
    private let socket: SocketHandle
    private let monitor: SocketMonitor
    var peers: [PeerID: Peer] = [:]
    /// By their descriptors.
    var connections: [Int32: Connection] = [:]
    private var connectionCount = 0
    /// When all connections were looked at.
    var lastCheck = ContinuousClock.now
    /// What waits for all peers.
    private var queued = QueuedMemory()
    private var peersWithOutput: Set<PeerID> = []
    /// Peers whose connection ended, while some of their messages may still lie in libzmq.
    private var departing: [PeerID] = []
    private var disconnections: [PeerID] = []
    private var faults: [PeerFault] = []
    private var refusals: [AccessRefusal] = []
    var endings: [(peer: PeerID, reason: EndingReason)] = []
    private var revocations: [PeerID] = []
    private var peersWithParts: Set<PeerID> = []
    /// The authenticator's name for those whom this socket admits.
    private var domain: String?
    private var meetingPlace: MeetingPlace?

    package init(
        context: MessagingContext = .shared, settings: TransportSettings = TransportSettings()
    ) throws(TransportError) {
        self.settings = settings
        socket = try SocketHandle(ZMQ_ROUTER, context: context)
        try socket.apply(settings)
        switch settings.security {
        case .plain: domain = nil
        case .server(let keys, let admitted):
            let domain = try Authenticator.shared.add(admitted, context: context)
            self.domain = domain
            try socket.encrypt(as: keys, domain: domain)
        case .client: preconditionFailure("a coordinator's socket takes a server's keys")
        }
        // Without it, a message to a full or absent peer would vanish.
        try socket.set(ZMQ_ROUTER_MANDATORY, 1)
        monitor = try SocketMonitor(
            socket, events: ConnectionHistory.serverEvents, context: context)
    }

    deinit {
        if let domain { Authenticator.shared.remove(domain) }
        meetingPlace?.remove()
    }

    /// Listens, and returns the endpoint with the port that was chosen for port 0 or `*`: at every address of
    /// this machine that a name has, and in place of an interface's name at its address.
    package func bind(_ endpoint: String) throws(TransportError) -> String {
        precondition(meetingPlace == nil, "an address that is bound after it would go without encryption")
        let address = try EndpointAddress(endpoint)
        var port = String(address.port)
        let (hosts, shown) = try address.hostsToBind()
        var isBound = false
        for host in hosts {
            let numbers = "tcp://\(host):\(port)"
            do throws(TransportError) {
                try check("listening", endpoint: numbers) { zmq_bind(socket.raw, numbers) }
            } catch .addressNotAvailable {
                // A name may have addresses that this machine hasn't, such as ::1 where there is no IPv6.
                continue
            }
            isBound = true
            // libzmq's own text writes 127.0.0.1 as the IPv6 address that it maps to.
            port = try boundEndpoint().split(separator: ":").last.map(String.init) ?? port
        }
        guard isBound else { throw .addressNotAvailable(endpoint: endpoint) }
        return "tcp://\(shown):\(port)"
    }

    /// Lets processes of this user on this machine in by `place` too, without a key and without encryption:
    /// the kernel says who they are. Call it once every address is bound.
    package func meet(at place: MeetingPlace, context: MessagingContext = .shared) throws(TransportError) {
        try place.prepare()
        let domain =
            if let domain { domain } else {
                try Authenticator.shared.add(AdmittedKeys([]), context: context)
            }
        self.domain = domain
        try socket.guardWithoutKeys(domain: domain)
        try check("listening", endpoint: place.endpoint) { zmq_bind(socket.raw, place.endpoint) }
        meetingPlace = place
    }

    /// Where it listens, in libzmq's words.
    func boundEndpoint() throws(TransportError) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        var size = text.count
        try check("listening") { zmq_getsockopt(socket.raw, ZMQ_LAST_ENDPOINT, &text, &size) }
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The next whole message, if there is one. Call it until it gives nothing: only then are disconnections
    /// known.
    package func receive() throws(TransportError) -> (PeerID, WireFrames)? {
        while let route = try socket.receiveFrame() {
            let id = PeerID(route: route.bytes.array)
            // Whose message it is shows on the payload only.
            guard !route.isLast, let first = try socket.receiveFrame(namesSender: domain != nil) else {
                continue
            }
            let frames = try socket.receiveRest(after: first, limit: settings.limits.maximumTensors + 1)
            let peer = try known(id, descriptor: first.descriptor)
            connections[first.descriptor]?.lastWhole = .now
            peer.sender = first.sender
            guard isAdmitted(peer), !peer.isEnding else { continue }
            do throws(SegmentError) {
                if let message = try peer.assembler.accept(frames) { return (id, message) }
                peersWithParts.insert(id)
            } catch {
                if faults.count < Self.maximumFaults { faults.append(PeerFault(peer: id, error: error)) }
            }
        }
        try readMonitor()
        for id in departing { forget(id) }
        departing.removeAll()
        return nil
    }

    /// Sends the whole message or nothing: what libzmq doesn't take at once waits here, in order.
    package func send(_ message: WireFrames, to id: PeerID) throws(TransportError) -> SendOutcome {
        try settings.limits.checkSendable(message)
        guard let peer = peers[id], !peer.isEnding else { return .unreachable }
        let segments = Segment.cut(message, number: peer.messageNumber, segmentBytes: settings.segmentBytes)
        guard peer.outgoing.admits(segments) else { return .wouldBlock }
        peer.messageNumber &+= 1
        if peer.outgoing.first == nil { peer.lastTaken = .now }
        peer.outgoing.append(segments)
        for segment in segments { queued.add(segment) }
        let outcome = try flush(peer)
        try boundQueues()
        return outcome
    }

    /// The peer is one of us: from now on it may send as much as the limits say.
    package func trust(_ id: PeerID) { peers[id]?.assembler.limits = settings.limits }

    /// Bytes that wait here for a peer, beyond what libzmq has taken.
    package func queuedBytes(for id: PeerID) -> Int { peers[id]?.outgoing.cost ?? 0 }

    /// A peer whose connection ended since the last call, if any, by its doing or by silence.
    package func nextDisconnection() -> PeerID? {
        disconnections.isEmpty ? nil : disconnections.removeFirst()
    }

    /// A peer that broke the protocol since the last call, if any; its message was dropped.
    package func nextFault() -> PeerFault? { faults.isEmpty ? nil : faults.removeFirst() }

    /// A peer that has sent parts of a message since the last call, and not yet all of it, if any.
    package func nextPartSender() -> PeerID? { peersWithParts.popFirst() }

    /// Shows everybody out whose key is admitted no more; their messages have counted for nothing since.
    package func expelRevoked() {
        for peer in peers.values where peer.sender != nil { _ = isAdmitted(peer) }
    }

    /// A peer whose key was revoked since the last call, if any. It can be told why; its connection is ended
    /// soon after.
    package func nextRevocation() -> PeerID? { revocations.isEmpty ? nil : revocations.removeFirst() }

    /// A peer whose connection was ended by this end since the last call, if any; `nextRefusal` has the line
    /// for people.
    package func nextEnding() -> (peer: PeerID, reason: EndingReason)? {
        endings.isEmpty ? nil : endings.removeFirst()
    }

    /// An attempt to connect that came to nothing, or a connection that was ended, since the last call, if
    /// any.
    package func nextRefusal() -> AccessRefusal? { refusals.isEmpty ? nil : refusals.removeFirst() }

    /// As `PolledSocket` says: libzmq's own descriptor and the monitor's.
    package func descriptors() throws(TransportError) -> [Int32] {
        [try socket.get(ZMQ_FD), try monitor.descriptor()]
    }

    /// As `PolledSocket` says; queued output is tried first.
    package func prepareToWait() throws(TransportError) -> Bool {
        if !peersWithOutput.isEmpty {
            // Reading the events first makes libzmq note where there is room again.
            _ = try socket.hasInput()
            for id in peersWithOutput {
                if let peer = peers[id] { _ = try flush(peer) } else { peersWithOutput.remove(id) }
            }
        }
        try readMonitor()
        // Here and not where messages end: a flood has no end.
        try checkConnections()
        let hasInput = try socket.hasInput()
        return hasInput || !departing.isEmpty || !disconnections.isEmpty || !faults.isEmpty
            || !refusals.isEmpty || !revocations.isEmpty || !endings.isEmpty
    }

    /// Whether what the peer sends counts. One that is admitted no more loses what waited for it.
    private func isAdmitted(_ peer: Peer) -> Bool {
        guard let admitted = settings.security.admitted else { return true }
        if peer.revoked == nil, let sender = peer.sender, admitted.admits(sender) { return true }
        if peer.revoked == nil {
            peer.revoked = .now
            dropOutput(of: peer)
            revocations.append(peer.id)
        }
        return false
    }

    /// Holds what waits for all peers within the bound, at the cost of the peers for which most waits.
    private func boundQueues() throws(TransportError) {
        while queued.byteCount > settings.maximumQueuedBytesOfAll,
            let greediest = peersWithOutput.compactMap({ peers[$0] }).max(by: {
                $0.outgoing.cost < $1.outgoing.cost
            })
        {
            try end(greediest.id, because: .takesTooMuch)
            // One that is gone already has nothing that waits.
            peersWithOutput.remove(greediest.id)
        }
    }

    /// Forgets what waits for a peer.
    func dropOutput(of peer: Peer) {
        for segment in peer.outgoing.waiting { queued.remove(segment) }
        peer.outgoing = OutgoingQueue(settings)
        peersWithOutput.remove(peer.id)
    }

    private func flush(_ peer: Peer) throws(TransportError) -> SendOutcome {
        while let segment = peer.outgoing.first {
            switch try socket.send(segment, route: peer.id.route) {
            case .sent:
                queued.remove(segment)
                peer.outgoing.removeFirst()
                peer.lastTaken = .now
            case .wouldBlock:
                peersWithOutput.insert(peer.id)
                return .sent
            case .unreachable:
                dropOutput(of: peer)
                return .unreachable
            }
        }
        peersWithOutput.remove(peer.id)
        return .sent
    }

    /// Descriptors are used again, so which connection one means depends on what the monitor told before:
    /// libzmq reports a connection's end before the next one with its descriptor can bring a message.
    private func known(_ id: PeerID, descriptor: Int32) throws(TransportError) -> Peer {
        if let peer = peers[id] { return peer }
        try readMonitor()
        if let previous = connections[descriptor]?.peer { departing.append(previous) }
        let peer = Peer(id: id, descriptor: descriptor, settings: settings)
        peers[id] = peer
        if connections[descriptor] != nil {
            connections[descriptor]?.peer = id
        } else {
            departing.append(id)
        }
        return peer
    }

    func readMonitor() throws(TransportError) {
        while let event = try monitor.next() {
            switch event.kind {
            case ZMQ_EVENT_ACCEPTED:
                connectionCount += 1
                connections[event.value] = Connection(number: connectionCount)
            case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
                while let refusal = settings.security.admitted?.nextRefusal() { note(refusal) }
            case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: note(AccessRefusal(protocolError: event.value))
            case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: note(.silent)
            default:
                if let id = connections.removeValue(forKey: event.value)?.peer { departing.append(id) }
            }
        }
    }

    /// How this socket protects its connections.
    var security: SecuritySettings { settings.security }

    /// Forgets the refusals of our own knocking, with this key and without one; whether the latter has come.
    func discardRefusals(of key: PublicKey) throws(TransportError) -> Bool {
        try readMonitor()
        while let refusal = settings.security.admitted?.nextRefusal() { note(refusal) }
        let hasBoth = refusals.contains { $0 == .otherMechanism || $0 == .silent }
        refusals.removeAll { refusal in
            switch refusal {
            case .keyNotAdmitted(key.fingerprint, _), .otherMechanism, .silent: true
            default: false
            }
        }
        return hasBoth
    }

    func note(_ refusal: AccessRefusal) {
        if refusals.count < Self.maximumFaults { refusals.append(refusal) }
    }

    private func forget(_ id: PeerID) {
        guard let peer = peers.removeValue(forKey: id) else { return }
        if connections[peer.descriptor]?.peer == id { connections[peer.descriptor]?.peer = nil }
        dropOutput(of: peer)
        peersWithParts.remove(id)
        disconnections.append(id)
    }
}

extension WireLimits {
    /// A message that the other end would refuse is refused here, where it is our doing.
    func checkSendable(_ message: WireFrames) throws(TransportError) {
        guard message.byteCount <= maximumMessageBytes else {
            throw .messageTooLarge(bytes: message.byteCount, limit: maximumMessageBytes)
        }
        precondition(message.header.count <= maximumHeaderBytes && message.tensors.count <= maximumTensors)
    }
}
