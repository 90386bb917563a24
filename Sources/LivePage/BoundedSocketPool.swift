import FlyingSocks
import Synchronization

/// A socket pool that limits how many connections wait and for how long: a reader that neither sends a
/// request nor takes the answer makes room for another.
struct BoundedSocketPool<Base: AsyncSocketPool>: AsyncSocketPool {
    /// The most connections that wait at a time; others are closed at once.
    private static var connectionsAtMost: Int { 64 }
    /// How long a connection may wait until it can be read or written.
    private static var patience: Duration { .seconds(60) }

    private final class Waiting: Sendable {
        /// The listening socket, which may wait forever, and how many others wait.
        let state = Mutex((listener: Socket.FileDescriptor?.none, count: 0))
    }

    private let base: Base
    private let waiting = Waiting()

    init(_ base: Base) { self.base = base }

    func prepare() async throws { try await base.prepare() }

    func run() async throws { try await base.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        let place = waiting.state.withLock { state -> Bool? in
            // The first socket that waits is the listening one: nothing connects before it.
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
