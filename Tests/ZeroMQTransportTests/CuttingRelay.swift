import Foundation
import Glibc
import Synchronization
import Testing

/// Passes bytes between a worker's socket and a port, and cuts each connection after so many bytes of the
/// worker's, wherever in a message that is.
final class CuttingRelay: Sendable {
    let port: UInt16
    private let listener: Int32
    private let isClosed = Atomic(false)
    private let cutCount = Atomic(0)

    /// How many connections were cut.
    var cuts: Int { cutCount.load(ordering: .relaxed) }

    /// - Parameter length: the bytes after which the connection of this number is cut.
    init(to target: UInt16, cuttingAfter length: @escaping @Sendable (Int) -> Int) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(descriptor, name, size) | listen(descriptor, 8) | getsockname(descriptor, name, &size)
            }
        }
        try #require(status == 0)
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while !isClosed.load(ordering: .relaxed) {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                var address = Self.loopback(target)
                let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                let status = withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                if status == 0 { pass(client, server, bound: length(cuts)) }
                close(client)
                close(server)
                cutCount.add(1, ordering: .relaxed)
            }
        }
    }

    func end() {
        isClosed.store(true, ordering: .relaxed)
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    private func pass(_ client: Int32, _ server: Int32, bound: Int) {
        var left = bound
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        while left > 0, !isClosed.load(ordering: .relaxed) {
            var polled = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, 2, 100) >= 0 else { return }
            for (place, target) in [(0, server), (1, client)] where polled[place].revents != 0 {
                let most = place == 0 ? min(bytes.count, left) : bytes.count
                let count = recv(polled[place].fd, &bytes, most, 0)
                guard count > 0, send(target, bytes, count, Int32(MSG_NOSIGNAL)) == count else { return }
                if place == 0 { left -= count }
            }
        }
    }
}
