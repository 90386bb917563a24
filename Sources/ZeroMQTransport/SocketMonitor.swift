import CZeroMQ
import Synchronization
import WireMessages

/// Reads the events of a socket's connections that libzmq's own thread reports.
final class SocketMonitor {
    struct Event {
        let kind: Int32
        /// After the kind of event, a descriptor, an errno or an interval.
        let value: Int32
        let endpoint: String
    }

    private static let counter = Atomic<Int>(0)

    private let watched: SocketHandle
    private let socket: SocketHandle

    init(_ watched: SocketHandle, events: Int32, context: MessagingContext) throws(TransportError) {
        self.watched = watched
        socket = try SocketHandle(ZMQ_PAIR, context: context)
        // Unbounded: otherwise libzmq's thread would wait for room while it holds the lock that closing
        // needs.
        try socket.set(ZMQ_RCVHWM, 0)
        try socket.set(ZMQ_LINGER, 0)
        let address = "inproc://headstart-monitor-\(Self.counter.add(1, ordering: .relaxed).newValue)"
        try check("watching a socket") { zmq_socket_monitor(watched.raw, address, events) }
        try check("watching a socket") { zmq_connect(socket.raw, address) }
    }

    deinit { zmq_socket_monitor(watched.raw, nil, 0) }

    func descriptor() throws(TransportError) -> Int32 { try socket.get(ZMQ_FD) }

    func next() throws(TransportError) -> Event? {
        guard let first = try socket.receiveFrame() else { return nil }
        guard let frames = try socket.receiveRest(after: first, limit: 2), frames.count == 2,
            frames[0].count == 6
        else { return nil }
        return frames[0].withUnsafeBytes { head in
            Event(
                kind: Int32(head.loadUnaligned(as: UInt16.self)),
                value: Int32(bitPattern: head.loadUnaligned(fromByteOffset: 2, as: UInt32.self)),
                endpoint: String(decoding: frames[1].array, as: UTF8.self))
        }
    }
}
