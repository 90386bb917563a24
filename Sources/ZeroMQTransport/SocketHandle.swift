import CZeroMQ
import Glibc
import WireMessages

/// The only owner of a raw socket: sets options, sends segments and receives frames.
final class SocketHandle {
    /// Smaller frames are copied, which costs less than sharing memory with libzmq.
    private static let sharedFrameBytes = 4096

    private let context: MessagingContext
    private let socket: UnsafeMutableRawPointer
    private let confinement = ThreadConfinement()

    init(_ type: Int32, context: MessagingContext) throws(TransportError) {
        self.context = context
        socket = try context.open(type)
    }

    deinit { context.close(socket) }

    var raw: UnsafeMutableRawPointer {
        confinement.assertOwned()
        return socket
    }

    func set(_ option: Int32, _ value: Int32) throws(TransportError) {
        var value = value
        try check("setting option \(option)") {
            zmq_setsockopt(raw, option, &value, MemoryLayout<Int32>.size)
        }
    }

    func set(_ option: Int32, wide value: Int64) throws(TransportError) {
        var value = value
        try check("setting option \(option)") {
            zmq_setsockopt(raw, option, &value, MemoryLayout<Int64>.size)
        }
    }

    func set(_ option: Int32, bytes: [UInt8]) throws(TransportError) {
        try check("setting option \(option)") { zmq_setsockopt(raw, option, bytes, bytes.count) }
    }

    func get(_ option: Int32) throws(TransportError) -> Int32 {
        var value: Int32 = 0
        var size = MemoryLayout<Int32>.size
        try check("reading option \(option)") { zmq_getsockopt(raw, option, &value, &size) }
        return value
    }

    /// Whether something can be received. This also makes libzmq process what its own thread reported;
    /// without that, neither input nor room for output is visible.
    func hasInput() throws(TransportError) -> Bool {
        try get(ZMQ_EVENTS) & ZMQ_POLLIN != 0
    }

    /// Sets the options that both ends share.
    func apply(_ settings: TransportSettings) throws(TransportError) {
        try set(ZMQ_IPV6, 1)
        try set(ZMQ_LINGER, settings.linger.milliseconds)
        try set(ZMQ_SNDHWM, Int32(settings.highWaterMark))
        try set(ZMQ_RCVHWM, Int32(settings.highWaterMark))
        try set(ZMQ_MAXMSGSIZE, wide: Int64(settings.maximumFrameBytes))
        try set(ZMQ_HANDSHAKE_IVL, settings.handshakeTimeout.milliseconds)
        try set(ZMQ_HEARTBEAT_IVL, settings.heartbeatInterval.milliseconds)
        try set(ZMQ_HEARTBEAT_TIMEOUT, settings.heartbeatTimeout.milliseconds)
        // The system's own bound for a peer that has stopped reading or acknowledging: libzmq's heartbeats
        // wait behind unread data, and so never time out.
        try set(ZMQ_TCP_MAXRT, (settings.stuckTimeout * 2).milliseconds)
        try set(ZMQ_CONNECT_TIMEOUT, settings.connectTimeout.milliseconds)
        try set(ZMQ_RECONNECT_IVL, settings.reconnectInterval.milliseconds)
        try set(ZMQ_RECONNECT_IVL_MAX, settings.maximumReconnectInterval.milliseconds)
        try set(ZMQ_BACKLOG, Int32(settings.backlog))
    }

    /// Sends a whole segment, behind the address `route` if there is one; returns `unreachable` if the
    /// connection ended on the way.
    func send(_ segment: Segment, route: [UInt8]? = nil) throws(TransportError) -> SendOutcome {
        do {
            if let route {
                guard try send(route, more: true) else { return .wouldBlock }
            }
        } catch .failed(_, EHOSTUNREACH) {
            return .unreachable
        }
        var isTaken = try send(segment.preamble, more: !segment.pieces.isEmpty)
        // libzmq counts whole messages: if there is no room for one, it refuses the first frame.
        if !isTaken, route == nil { return .wouldBlock }
        for (index, piece) in segment.pieces.enumerated() {
            // If a connection ends in the middle, libzmq refuses one frame and discards the rest of the
            // message. So all frames must be sent even then; if some were missing, the next message would be
            // lost.
            if try !send(piece, more: index + 1 < segment.pieces.count) { isTaken = false }
        }
        return isTaken ? .sent : .unreachable
    }

    private func send(_ bytes: [UInt8], more: Bool) throws(TransportError) -> Bool {
        try check("sending") {
            zmq_send(raw, bytes, bytes.count, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0))
        } != nil
    }

    private func send(_ piece: Segment.Piece, more: Bool) throws(TransportError) -> Bool {
        let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
        guard piece.range.count >= Self.sharedFrameBytes, let (memory, owner) = piece.bytes.retained() else {
            return try check("sending") {
                piece.bytes.withUnsafeBytes {
                    zmq_send(
                        raw, $0.baseAddress?.advanced(by: piece.range.lowerBound), piece.range.count, flags)
                }
            } != nil
        }
        var message = zmq_msg_t()
        // libzmq only reads it, and releases the owner from its own thread.
        let start = UnsafeMutableRawPointer(mutating: memory.baseAddress)?.advanced(
            by: piece.range.lowerBound)
        let status = zmq_msg_init_data(
            &message, start, piece.range.count,
            { _, owner in
                if let owner { Unmanaged<AnyObject>.fromOpaque(owner).release() }
            }, owner.toOpaque())
        guard status == 0 else {
            owner.release()
            throw .failed(operation: "sending", code: zmq_errno())
        }
        defer { zmq_msg_close(&message) }
        return try check("sending") { zmq_msg_send(&message, raw, flags) } != nil
    }

    struct Frame {
        let bytes: FrameBytes
        let isLast: Bool
        /// The descriptor of its connection; meaningless for frames that libzmq made itself.
        let descriptor: Int32
        /// The admitted identity of the connection; `nil` if it wasn't requested or is unknown.
        let sender: PeerIdentity?
    }

    /// The next frame, if there is one. Its memory is aligned for floats.
    func receiveFrame(namesSender: Bool = false) throws(TransportError) -> Frame? {
        var message = zmq_msg_t()
        zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        guard try check("receiving", { zmq_msg_recv(&message, raw, ZMQ_DONTWAIT) }) != nil else { return nil }
        let isLast = zmq_msg_more(&message) == 0
        let descriptor = zmq_msg_get(&message, ZMQ_SRCFD)
        let user = namesSender ? zmq_msg_gets(&message, "User-Id") : nil
        let sender = user.flatMap { PeerIdentity(userID: String(cString: $0)) }
        let memory = UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message))
        let isAligned = Int(bitPattern: memory.baseAddress) % 8 == 0
        guard memory.count >= Self.sharedFrameBytes, isAligned else {
            return Frame(
                bytes: FrameBytes(Array(memory)), isLast: isLast, descriptor: descriptor, sender: sender)
        }
        // libzmq's message: its bytes don't change any more, and the frame's last owner closes it, on any
        // thread.
        nonisolated(unsafe) let kept = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
        zmq_msg_init(kept)
        zmq_msg_move(kept, &message)
        let bytes = FrameBytes(memory: memory) {
            zmq_msg_close(kept)
            kept.deallocate()
        }
        return Frame(bytes: bytes, isLast: isLast, descriptor: descriptor, sender: sender)
    }

    /// The rest of a multipart message, with the first frame; `nil` if there are more than `limit` frames.
    func receiveRest(after frame: Frame, limit: Int) throws(TransportError) -> [FrameBytes]? {
        var frames = [frame.bytes]
        var isLast = frame.isLast
        while !isLast, let next = try receiveFrame() {
            if frames.count <= limit { frames.append(next.bytes) }
            isLast = next.isLast
        }
        return frames.count <= limit ? frames : nil
    }
}
