import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// Serves the live page from `state` to readers who have access, until it is stopped.
///
/// It runs on tasks of its own; the run never waits for a reader.
package final class LivePageServer: Sendable {
    package let state: LivePageState
    /// The address that it listens at; if port 0 was requested, with the port that the system chose.
    package let address: LivePageAddress
    private let task: Task<Void, Never>

    /// Starts to listen, and returns once it does.
    ///
    /// - Parameter secret: the token that readers must present; `nil` only on a loopback address.
    package init(
        _ state: LivePageState, address: LivePageAddress, secret: String?
    ) throws(LivePageError) {
        precondition(address.isLoopback || secret != nil, "a page that others reach needs a secret")
        let outcome = StartOutcome()
        let server: HTTPServer
        do {
            server = try Self.makeServer(address, handler: LivePageHandler(state: state, secret: secret))
        } catch {
            throw .unavailable(address: "\(address)", reason: Self.words(for: error))
        }
        task = Task.detached {
            do { try await server.run() } catch { outcome.set(.failure(error)) }
        }
        Task.detached {
            do {
                try await server.waitUntilListening(timeout: Self.startSeconds)
                outcome.set(.success(await server.listeningAddress))
            } catch {
                outcome.set(.failure(error))
            }
        }
        switch outcome.wait() {
        case .success(let listening): self.address = address.with(port: listening?.port ?? address.port)
        case .failure(let error):
            task.cancel()
            throw .unavailable(address: "\(address)", reason: Self.words(for: error))
        }
        self.state = state
    }

    private static let startSeconds = 10.0
    /// How long the open streams have to send the end.
    private static let farewellSeconds = 1.5

    /// Shows a last snapshot, and stops when the open streams have had time to send it.
    package func stop(showing last: LiveSnapshot) {
        state.update(last)
        let deadline = Date().addingTimeInterval(Self.farewellSeconds)
        while state.isWatched, Date() < deadline { Thread.sleep(forTimeInterval: 0.02) }
        task.cancel()
    }

    private static func makeServer(_ address: LivePageAddress, handler: LivePageHandler) throws -> HTTPServer
    {
        let pool = BoundedSocketPool(HTTPServer.defaultPool())
        if address.isIPv6 {
            return HTTPServer(
                address: try .inet6(ip6: address.host, port: address.port), pool: pool, logger: .disabled,
                handler: handler)
        }
        return HTTPServer(
            address: try .inet(ip4: address.host, port: address.port), pool: pool, logger: .disabled,
            handler: handler)
    }

    private static func words(for error: any Error) -> String {
        if case SocketError.failed(_, _, let message) = error { return message }
        return "\(error)"
    }
}

/// How the start went; only the first result counts.
private final class StartOutcome: Sendable {
    private let result = Mutex<Result<Socket.Address?, any Error>?>(nil)
    private let isKnown = DispatchSemaphore(value: 0)

    func set(_ new: Result<Socket.Address?, any Error>) {
        let isFirst = result.withLock { result in
            guard result == nil else { return false }
            result = new
            return true
        }
        if isFirst { isKnown.signal() }
    }

    /// Waits for the result.
    func wait() -> Result<Socket.Address?, any Error> {
        isKnown.wait()
        return result.withLock { $0 } ?? .success(nil)
    }
}

extension Socket.Address {
    /// The port; `nil` for a Unix socket.
    fileprivate var port: UInt16? {
        switch self {
        case .ip4(_, let port), .ip6(_, let port): port
        case .unix: nil
        }
    }
}
