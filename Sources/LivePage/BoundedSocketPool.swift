import FlyingSocks
import Synchronization

/// A pool of sockets that lets only so many wait at a time, and none for ever: a reader that neither asks nor
/// takes what it asked for gives its place to another.
struct BoundedSocketPool<Base: AsyncSocketPool>: AsyncSocketPool {
    /// Connections at a time; others are closed at once.
    private static var connectionsAtMost: Int { 64 }
    /// How long a connection may wait to be spoken to or to be listened to.
    private static var patience: Duration { .seconds(60) }

    private final class Waiting: Sendable {
        /// The socket that listens, which may wait for ever, and how many others wait.
        let state = Mutex((listener: Socket.FileDescriptor?.none, count: 0))
    }

    private let base: Base
    private let waiting = Waiting()

    init(_ base: Base) { self.base = base }

    func prepare() async throws { try await base.prepare() }

    func run() async throws { try await base.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        let place = waiting.state.withLock { state -> Bool? in
            // Nothing can be connected before somebody listens.
            if state.listener == nil { state.listener = socket.file }
            if state.listener == socket.file { return nil }
            guard state.count < Self.connectionsAtMost else { return false }
            state.count += 1
            return true
        }
        guard let place else { return try await base.suspendSocket(socket, untilReadyFor: events) }
        guard place else { throw SocketError.disconnected }
        defer { waiting.state.withLock { $0.count -= 1 } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await base.suspendSocket(socket, untilReadyFor: events) }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                throw SocketError.disconnected
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
