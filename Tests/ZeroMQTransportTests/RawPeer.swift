import Glibc
import Testing

/// A connection, by TCP or by a Unix socket, that speaks as much ZMTP 3.0 as a test wants, and answers
/// nothing by itself.
final class RawPeer {
    private let descriptor: Int32

    /// Connects to a port of this machine.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
    }

    /// Connects to a Unix socket.
    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(status == 0)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
        #expect(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    /// Sends bytes to a peer that may have hung up; whether it took them all.
    func offer(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Whether the other end has hung up within `seconds`; what it says first doesn't count.
    func isHungUp(within seconds: Int) -> Bool {
        var bound = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &bound, socklen_t(MemoryLayout<timeval>.size))
        var bytes = [UInt8](repeating: 0, count: 4096)
        var count: Int
        repeat { count = recv(descriptor, &bytes, bytes.count, 0) } while count > 0
        return count == 0 || errno == ECONNRESET
    }

    /// What a client of that mechanism says first.
    static func greeting(_ mechanism: String) -> [UInt8] {
        [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array(mechanism.utf8)
            + [UInt8](repeating: 0, count: 20 - mechanism.utf8.count + 32)
    }

    /// What a client of the mechanism CURVE says first.
    static let curveGreeting = greeting("CURVE")

    /// What a client of the mechanism PLAIN says, up to its name and password.
    static func plainHandshake(name: String, password: String) -> [UInt8] {
        let hello =
            [5] + Array("HELLO".utf8) + [UInt8(name.utf8.count)] + Array(name.utf8)
            + [UInt8(password.utf8.count)] + Array(password.utf8)
        return greeting("PLAIN") + [4, UInt8(hello.count)] + hello
    }

    /// Exchanges greetings: libzmq takes a message that comes before its own READY for a bad command.
    func shakeHands() throws {
        send(Self.handshake)
        var answer = [UInt8](repeating: 0, count: Self.answerBytes)
        try #require(recv(descriptor, &answer, answer.count, Int32(MSG_WAITALL)) == answer.count)
    }

    /// A greeting, and READY with the socket's type and an empty identity.
    static let answerBytes = 64 + 2 + 41

    /// Everything a DEALER without security says before its first message.
    static let handshake: [UInt8] =
        [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array("NULL".utf8)
        + [UInt8](repeating: 0, count: 16 + 32) + [4, 28, 5] + Array("READY".utf8) + [11]
        + Array("Socket-Type".utf8)
        + [0, 0, 0, 6] + Array("DEALER".utf8)

    /// A short frame that ends its message.
    static func frame(_ bytes: [UInt8]) -> [UInt8] { [0, UInt8(bytes.count)] + bytes }

    /// A segment that carries a header of one byte.
    static let hello: [UInt8] = frame([0x48, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 42])
}

extension SocketPair {
    /// The port that this pair's router listens on.
    var port: UInt16 {
        get throws { try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) }) }
    }
}
