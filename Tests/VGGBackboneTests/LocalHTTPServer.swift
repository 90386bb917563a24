import Foundation
import Glibc
import Synchronization

/// A web server on this machine that serves one file, knows ranges, and misbehaves as it is told.
final class LocalHTTPServer: Sendable {
    /// What the server does with a connection.
    enum Answer: Sendable {
        case whole
        /// Closes the connection after so many bytes of the body.
        case cut(after: Int)
        /// Serves other bytes of the same length.
        case wrongBytes
        /// Takes no notice of a range.
        case ignoringRange
        case status(Int)
    }

    let port: UInt16
    private let listener: Int32
    private let content: [UInt8]
    private let script: Mutex<[Answer]>
    private let ranges = Mutex<[String?]>([])

    /// The requests' ranges so far, `nil` for one without.
    var requestedRanges: [String?] { ranges.withLock { $0 } }

    var url: String { "http://127.0.0.1:\(port)/weights.h5" }

    /// Serves `content`; the first connections are answered by `script`, those after them properly.
    init(serving content: [UInt8], script: [Answer]) throws {
        self.content = content
        self.script = Mutex(script)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard bound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { return }
                self.serve(connection)
                close(connection)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ connection: Int32) {
        var request = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !request.contains("\r\n\r\n") {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 { return }
            request += String(decoding: buffer[..<count], as: UTF8.self)
        }
        let range = request.firstMatch(of: /(?i)range: *bytes=(\d+)-/).map { String($0.1) }
        ranges.withLock { $0.append(range) }
        let answer = script.withLock { $0.isEmpty ? .whole : $0.removeFirst() }
        var body = content[...]
        var head = "HTTP/1.1 200 OK\r\n"
        if let start = range.flatMap(Int.init) {
            head =
                "HTTP/1.1 206 Partial Content\r\n"
                + "Content-Range: bytes \(start)-\(content.count - 1)/\(content.count)\r\n"
            body = content.dropFirst(start)
        }
        switch answer {
        case .whole, .cut: break
        case .wrongBytes: body = ArraySlice(body.map { $0 ^ 1 })
        case .ignoringRange:
            head = "HTTP/1.1 200 OK\r\n"
            body = content[...]
        case .status(let status):
            head = "HTTP/1.1 \(status) Something\r\n"
            body = []
        }
        head += "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        if case .cut(let length) = answer { body = body.prefix(length) }
        let bytes = Array(head.utf8) + body
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                send(
                    connection, raw.baseAddress?.advanced(by: sent), bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }
}
