import Foundation
import Glibc
import Synchronization
import Testing

/// Stands between one worker and its coordinator, and keeps what the worker says.
final class RecordingProxy: Sendable {
    let port: UInt16
    private let recorded = Mutex<[UInt8]>([])

    /// What the worker has said so far.
    var recording: [UInt8] { recorded.withLock { $0 } }

    init(to target: UInt16) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, $0, &size) == 0
            }
        }
        try #require(isListening)
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            let worker = accept(listener, nil, nil)
            close(listener)
            let coordinator = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.address(port: target)
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(coordinator, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            Thread.detachNewThread { Self.forward(coordinator, to: worker) { _ in } }
            Self.forward(worker, to: coordinator) { bytes in self.recorded.withLock { $0 += bytes } }
        }
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    /// Moves bytes until one end hangs up.
    private static func forward(_ source: Int32, to target: Int32, note: (ArraySlice<UInt8>) -> Void) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(source, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            note(bytes[..<count])
            guard send(target, bytes, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        shutdown(target, Int32(SHUT_RDWR))
    }
}
