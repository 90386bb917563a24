import Foundation
import Glibc
import Synchronization

/// A TCP relay on loopback that simulates a bad network: it cuts, refuses, stalls, delays and slows
/// connections. Data arrives unchanged or not at all.
package final class FaultProxy: Sendable {
    /// The faults to simulate; may be changed at any time, from any thread.
    package struct Faults: Sendable, Equatable {
        /// The delay of every byte, in either direction.
        package var delay = Duration.zero
        /// The rate limit per direction, for all connections together; `nil` for none.
        package var bytesPerSecond: Int?
        /// No data moves, and no connection ends.
        package var isStalled = false
        /// New connections are reset.
        package var refuses = false

        package init() {}
    }

    private struct State {
        var faults = Faults()
        /// How often `cut` was called.
        var cuts = 0
        var isClosed = false
    }

    /// The port on 127.0.0.1 at which it listens.
    package let port: Int
    private let state = Mutex(State())
    private let wakeup: [Int32]
    private let carried = Mutex(0)
    private let finished = DispatchSemaphore(value: 0)

    /// Starts to relay to a port on 127.0.0.1, whether or not anything listens there yet.
    package init(to target: Int) throws(FaultProxyError) {
        let listener = try LoopbackSocket.listen()
        port = LoopbackSocket.port(of: listener)
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            _ = Glibc.close(listener)
            throw FaultProxyError(operation: "make a pipe", code: errno)
        }
        for end in ends { LoopbackSocket.makePrivate(end) }
        wakeup = ends
        let thread = Thread { [self] in
            var relay = FaultRelay(listener: listener, wakeup: wakeup[0], target: target)
            while true {
                let (faults, cuts, isClosed) = state.withLock { ($0.faults, $0.cuts, $0.isClosed) }
                if isClosed { break }
                relay.apply(faults, cuts: cuts)
                let bytes = relay.turn()
                carried.withLock { $0 += bytes }
            }
            relay.close()
            finished.signal()
        }
        thread.name = "fault proxy"
        thread.start()
    }

    /// Bytes carried so far, both directions together.
    package var carriedBytes: Int { carried.withLock { $0 } }

    package func set(_ change: (inout Faults) -> Void) {
        state.withLock { change(&$0.faults) }
        wake()
    }

    /// Resets every connection; data in flight is lost.
    package func cut() {
        state.withLock { $0.cuts += 1 }
        wake()
    }

    /// Ends all connections and the relay; waits until it has ended.
    package func close() {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        guard !wasClosed else { return }
        wake()
        finished.wait()
        for end in wakeup { _ = Glibc.close(end) }
    }

    private func wake() {
        var byte: UInt8 = 1
        _ = write(wakeup[1], &byte, 1)
    }
}

package struct FaultProxyError: Error, Equatable, CustomStringConvertible {
    let operation: String
    let code: Int32

    package var description: String {
        "the test proxy can't \(operation): \(String(cString: strerror(code))); free some descriptors or ports"
    }
}

/// TCP on 127.0.0.1.
package enum LoopbackSocket {
    /// A listening socket; port 0 lets the system choose one.
    static func listen(port: Int = 0) throws(FaultProxyError) -> Int32 {
        let handle = open()
        guard handle >= 0 else { throw FaultProxyError(operation: "open a socket", code: errno) }
        guard withAddress(port: port, { bind(handle, $0, $1) }) == 0, Glibc.listen(handle, backlog) == 0
        else {
            let code = errno
            Glibc.close(handle)
            throw FaultProxyError(operation: "listen", code: code)
        }
        return handle
    }

    private static let backlog: Int32 = 64

    /// Connects to a port; `nil` if nothing listens there.
    static func connect(port: Int) -> Int32? {
        let handle = open()
        guard handle >= 0 else { return nil }
        // On loopback a connection is established or refused at once, or in progress.
        let result = withAddress(port: port) { Glibc.connect(handle, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else {
            Glibc.close(handle)
            return nil
        }
        return handle
    }

    static func port(of handle: Int32) -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(handle, $0, &length) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// A port that was free a moment ago, below the ephemeral ports: a worker that dials one of those while
    /// nothing listens may be connected to itself, and keep the coordinator from using it.
    package static func freePort() throws(FaultProxyError) -> Int {
        for _ in 0..<portTries {
            let port = Int.random(in: ports)
            guard let handle = try? listen(port: port) else { continue }
            Glibc.close(handle)
            return port
        }
        throw FaultProxyError(operation: "find a port", code: EADDRINUSE)
    }

    private static let ports = 12_000..<32_000
    private static let portTries = 100

    /// Makes a descriptor non-blocking and close-on-exec.
    static func makePrivate(_ handle: Int32) {
        _ = fcntl(handle, F_SETFD, FD_CLOEXEC)
        _ = fcntl(handle, F_SETFL, fcntl(handle, F_GETFL) | O_NONBLOCK)
    }

    private static func open() -> Int32 {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return socket(AF_INET, flags, 0)
    }

    private static func withAddress(
        port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(clamping: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
