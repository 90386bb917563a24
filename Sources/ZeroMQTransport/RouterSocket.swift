import CZeroMQ
import Glibc
import WireMessages

/// The name of a connection at the coordinator, given by libzmq and never reused by a socket.
package struct PeerID: Hashable, Sendable, CustomStringConvertible {
    let route: [UInt8]

    package var description: String {
        "peer " + route.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// A peer's violation of the protocol.
package struct PeerFault: Sendable, Equatable {
    package let peer: PeerID
    package let error: SegmentError
}

/// The coordinator's socket: many workers, each identified by its connection.
///
/// It must stay on the thread that created it. Nothing here waits; `SocketPoller` does, and sends what is
/// queued meanwhile.
package final class RouterSocket: PolledSocket {
    /// Faults and refusals kept until they are read; further ones are dropped.
    private static let maximumFaults = 64

    final class Peer {
        let id: PeerID
        let descriptor: Int32
        var assembler: MessageAssembler
        var outgoing: OutgoingQueue
        var messageNumber: UInt32 = 0
        /// The sender of its latest message.
        var sender: PeerIdentity?
        /// When its key was found to be no longer admitted.
        var revoked: ContinuousClock.Instant?
        /// When libzmq last accepted something for it, or its queue began to wait.
        var lastTaken = ContinuousClock.now
        /// Whether its connection is being ended; what it sends is ignored.
        var isEnding = false

        init(id: PeerID, descriptor: Int32, settings: TransportSettings) {
            self.id = id
            self.descriptor = descriptor
            assembler = MessageAssembler(limits: settings.strangerLimits ?? settings.limits)
            outgoing = OutgoingQueue(settings)
        }
    }

    struct Connection {
        /// Never reused, unlike descriptors.
        let number: Int
        /// When it last brought a complete message.
        var lastWhole = ContinuousClock.now
        var peer: PeerID?
        /// Why it is being ended; `nil` if it isn't.
        var ending: EndingReason?
    }

    let settings: TransportSettings
    private let socket: SocketHandle
    private let monitor: SocketMonitor
    var peers: [PeerID: Peer] = [:]
    /// By descriptor.
    var connections: [Int32: Connection] = [:]
    private var connectionCount = 0
    /// When all connections were last checked.
    var lastCheck = ContinuousClock.now
    /// Everything that waits for all peers.
    private var queued = QueuedMemory()
    private var peersWithOutput: Set<PeerID> = []
    /// Peers whose connection has ended, but whose messages may still be in libzmq.
    private var departing: [PeerID] = []
    private var disconnections: [PeerID] = []
    private var faults: [PeerFault] = []
    private var refusals: [AccessRefusal] = []
    var endings: [(peer: PeerID, reason: EndingReason)] = []
    private var revocations: [PeerID] = []
    private var peersWithParts: Set<PeerID> = []
    /// The authenticator's domain of the keys that this socket admits.
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
        // Without this, a message to a full or absent peer would be lost silently.
        try socket.set(ZMQ_ROUTER_MANDATORY, 1)
        monitor = try SocketMonitor(
            socket, events: ConnectionHistory.serverEvents, context: context)
    }

    deinit {
        if let domain { Authenticator.shared.remove(domain) }
        meetingPlace?.remove()
    }

    /// Listens and returns the endpoint, with the port that was chosen for port 0 or `*`. A name is bound at
    /// all its addresses that this machine has; an interface's name is replaced by its address.
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
                // A name may have addresses that this machine doesn't have, such as ::1 without IPv6.
                continue
            }
            isBound = true
            // libzmq's own text shows 127.0.0.1 as a mapped IPv6 address.
            port = try boundEndpoint().split(separator: ":").last.map(String.init) ?? port
        }
        guard isBound else { throw .addressNotAvailable(endpoint: endpoint) }
        return "tcp://\(shown):\(port)"
    }

    /// Also admits processes of this user on this machine, through `place`, without a key and without
    /// encryption: the kernel identifies them. Must be called after every address is bound.
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

    /// The endpoint it listens at, in libzmq's form.
    func boundEndpoint() throws(TransportError) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        var size = text.count
        try check("listening") { zmq_getsockopt(socket.raw, ZMQ_LAST_ENDPOINT, &text, &size) }
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The next complete message, if there is one. Call it until it returns `nil`; only then are
    /// disconnections known.
    package func receive() throws(TransportError) -> (PeerID, WireFrames)? {
        while let route = try socket.receiveFrame() {
            let id = PeerID(route: route.bytes.array)
            // Only the payload's frames have the sender's identity.
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

    /// Sends the whole message or nothing; what libzmq doesn't accept at once waits here, in order.
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

    /// Raises the peer's limits from `strangerLimits` to the normal `limits`.
    package func trust(_ id: PeerID) { peers[id]?.assembler.limits = settings.limits }

    /// Bytes that wait here for a peer, besides those that libzmq has accepted.
    package func queuedBytes(for id: PeerID) -> Int { peers[id]?.outgoing.cost ?? 0 }

    /// The next peer whose connection has ended, for whatever reason, if any.
    package func nextDisconnection() -> PeerID? {
        disconnections.isEmpty ? nil : disconnections.removeFirst()
    }

    /// The next peer that broke the protocol, if any; its message was dropped.
    package func nextFault() -> PeerFault? { faults.isEmpty ? nil : faults.removeFirst() }

    /// The next peer that has sent parts of an incomplete message, if any.
    package func nextPartSender() -> PeerID? { peersWithParts.popFirst() }

    /// Removes all peers whose key is no longer admitted; their messages are ignored from then on.
    package func expelRevoked() {
        for peer in peers.values where peer.sender != nil { _ = isAdmitted(peer) }
    }

    /// The next peer whose key was revoked, if any. It can be told why; its connection is ended soon
    /// afterwards.
    package func nextRevocation() -> PeerID? { revocations.isEmpty ? nil : revocations.removeFirst() }

    /// The next peer whose connection was ended by this end, if any; `nextRefusal` returns a description for
    /// people.
    package func nextEnding() -> (peer: PeerID, reason: EndingReason)? {
        endings.isEmpty ? nil : endings.removeFirst()
    }

    /// The next failed attempt to connect, or connection ended by this end, if any.
    package func nextRefusal() -> AccessRefusal? { refusals.isEmpty ? nil : refusals.removeFirst() }

    /// As in `PolledSocket`: the descriptors of libzmq and of the monitor.
    package func descriptors() throws(TransportError) -> [Int32] {
        [try socket.get(ZMQ_FD), try monitor.descriptor()]
    }

    /// As in `PolledSocket`; sends queued output first.
    package func prepareToWait() throws(TransportError) -> Bool {
        if !peersWithOutput.isEmpty {
            // Reading the events first makes libzmq notice where there is room again.
            _ = try socket.hasInput()
            for id in peersWithOutput {
                if let peer = peers[id] { _ = try flush(peer) } else { peersWithOutput.remove(id) }
            }
        }
        try readMonitor()
        // Here and not where messages end, since a flood has no end.
        try checkConnections()
        let hasInput = try socket.hasInput()
        return hasInput || !departing.isEmpty || !disconnections.isEmpty || !faults.isEmpty
            || !refusals.isEmpty || !revocations.isEmpty || !endings.isEmpty
    }

    /// Whether the peer's messages count. If its key is no longer admitted, its queued output is dropped.
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

    /// Keeps the output that waits for all peers within the bound, by ending the peers with the most waiting.
    private func boundQueues() throws(TransportError) {
        while queued.byteCount > settings.maximumQueuedBytesOfAll,
            let greediest = peersWithOutput.compactMap({ peers[$0] }).max(by: {
                $0.outgoing.cost < $1.outgoing.cost
            })
        {
            try end(greediest.id, because: .takesTooMuch)
            // A peer that is gone already has nothing waiting.
            peersWithOutput.remove(greediest.id)
        }
    }

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

    /// Descriptors are reused, so which connection one means depends on earlier monitor events: libzmq
    /// reports the end of a connection before the next one with the same descriptor can bring a message.
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

    var security: SecuritySettings { settings.security }

    /// Drops the refusals of this socket's own test connections, with this key and without a key; returns
    /// whether the latter was refused.
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
    /// Refuses a message that the other end would refuse.
    func checkSendable(_ message: WireFrames) throws(TransportError) {
        guard message.byteCount <= maximumMessageBytes else {
            throw .messageTooLarge(bytes: message.byteCount, limit: maximumMessageBytes)
        }
        precondition(message.header.count <= maximumHeaderBytes && message.tensors.count <= maximumTensors)
    }
}
