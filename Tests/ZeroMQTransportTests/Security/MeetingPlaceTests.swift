import Foundation
import Glibc
import Testing
import WireMessages

@testable import ZeroMQTransport

/// Handshakes that show no admitted key.
enum Keyless: String, CaseIterable, CustomTestStringConvertible {
    case null = "no mechanism"
    case plainWithoutPassword = "PLAIN without a password"
    case plainWithPassword = "PLAIN with the token for a password"
    case unknownKey = "CURVE with a key of nobody's"

    var testDescription: String { rawValue }

    /// What such a peer sends; of CURVE as much as needs no answer.
    func bytes(_ gate: Gate) -> [UInt8] {
        let token = JoinToken(server: gate.server.publicKey, client: gate.member)
        return switch self {
        case .null: RawPeer.handshake + RawPeer.hello
        case .plainWithoutPassword: RawPeer.plainHandshake(name: "", password: "") + RawPeer.hello
        case .plainWithPassword:
            RawPeer.plainHandshake(name: "headstart", password: token.text) + RawPeer.hello
        case .unknownKey: RawPeer.curveGreeting + RawPeer.hello
        }
    }

    /// What libzmq would ask about such a handshake that comes from `address`.
    func question(domain: String, from address: String) throws -> [FrameBytes] {
        let start = ["1.0", "7", domain, address, ""]
        let rest: [[UInt8]] =
            switch self {
            case .null: [Array("NULL".utf8)]
            case .plainWithoutPassword: [Array("PLAIN".utf8), [], []]
            case .plainWithPassword: [Array("PLAIN".utf8), Array("same-user".utf8), Array("x".utf8)]
            case .unknownKey: [Array("CURVE".utf8), try KeyPair.generate().publicKey.bytes]
            }
        return (start.map { Array($0.utf8) } + rest).map { FrameBytes($0) }
    }
}

@Suite("Processes of one user meet without a key", .serialized) struct MeetingPlaceTests {
    let pair: SocketPair
    let gate: Gate
    let place: MeetingPlace

    init() throws {
        gate = try Gate()
        pair = try SocketPair(gate.listening, connects: false)
        place = MeetingPlace(name: "test-\(UUID().uuidString.prefix(8))")
        try pair.router.checkRefusal()
        try pair.router.meet(at: place)
    }

    @Test(
        "who comes by the meeting place is heard and answered beside one with a key, and is never shown out")
    func met() throws {
        try pair.connect(gate.joining)
        let member = try pair.introduce()
        let memberSocket = pair.dealer
        let dealer = try DealerSocket()
        try dealer.connect(place.endpoint)
        pair.dealer = dealer
        let local = try pair.introduce()
        #expect(local != member)
        let message = patterned([3_000_000, 17])
        #expect(try pair.router.send(message, to: local) == .sent)
        try pair.pump(until: { $0.atDealer.count == 1 })
        expectSame(pair.atDealer[0], message)
        gate.admitted.replace(with: [])
        pair.router.expelRevoked()
        try pair.pump(until: { $0.disconnections == [member] })
        #expect(try pair.introduce() == local)
        #expect(pair.refusals.isEmpty && pair.revocations == [member])
        withExtendedLifetime(memberSocket) {}
    }

    @Test(
        "without an admitted key nobody comes in by the address, whatever they say",
        arguments: Keyless.allCases)
    func atAddress(way: Keyless) throws {
        let peer = try RawPeer(port: pair.port)
        peer.send(way.bytes(gate))
        try expectRefused(peer)
    }

    @Test(
        "nobody comes in by the meeting place with a mechanism that it doesn't have",
        arguments: Keyless.allCases.filter { $0 != .null })
    func atPlace(way: Keyless) throws {
        let peer = try RawPeer(path: place.path)
        peer.send(way.bytes(gate))
        try expectRefused(peer)
    }

    @Test("the authenticator says no to every handshake without an admitted key", arguments: Keyless.allCases)
    func answers(way: Keyless) throws {
        let domain = try Authenticator.shared.add(gate.admitted, context: .shared)
        defer { Authenticator.shared.remove(domain) }
        let me = geteuid()
        let strangers = [
            "127.0.0.1", "::1", "fe80::1", "localhost:\(me + 1):0:1", "\(me)", "", "localhost",
            "localhost:\(me)",
            "::\(me):0:1", "localhost::\(me):1",
        ]
        for address in strangers {
            let before = gate.admitted.refusalCount
            #expect(
                try status(way.question(domain: domain, from: address)) == "400", "\(way.rawValue) \(address)"
            )
            #expect(gate.admitted.refusalCount == before + 1)
        }
        let own = try way.question(domain: domain, from: "localhost:\(me):0:1")
        #expect(status(own) == (way == .null ? "200" : "400"))
        let elsewhere = try way.question(domain: "another", from: "localhost:\(me):0:1")
        #expect(status(elsewhere) == "400")
    }

    @Test("a question that is cut short or of another version is answered with no")
    func malformed() throws {
        let domain = try Authenticator.shared.add(gate.admitted, context: .shared)
        defer { Authenticator.shared.remove(domain) }
        let whole = try Keyless.null.question(domain: domain, from: "localhost:\(geteuid()):0:1")
        for count in 0..<whole.count { #expect(status(Array(whole.prefix(count))) == "400") }
        #expect(status([FrameBytes(Array("2.0".utf8))] + whole.dropFirst()) == "400")
        #expect(status(whole + [FrameBytes([UInt8]())]) == "400")
    }

    /// Whether this process may be another user for a while.
    private static let canBeNobody =
        geteuid() == 0
        && ["/usr/bin/setpriv", "/usr/bin/python3"].allSatisfy(FileManager.default.isExecutableFile)

    @Test(
        "another user who gets at the socket is refused by the kernel's word",
        .enabled(if: canBeNobody, "takes root, setpriv and python3, to be another user"))
    func otherUser() throws {
        let folder = "/tmp/headstart-open-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let open = MeetingPlace(endpoint: "ipc://\(folder)/place")
        let router = try RouterSocket(settings: gate.listening)
        try router.meet(at: open)
        #expect(chmod(folder, 0o755) == 0 && chmod(open.path, 0o777) == 0)
        let nobody = Process()
        nobody.executableURL = URL(filePath: "/usr/bin/setpriv")
        // No more than that: what comes before the handshake's end is another refusal.
        let handshake = RawPeer.handshake.map { String($0) }.joined(separator: ",")
        nobody.arguments = [
            "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c",
            """
            import socket
            peer = socket.socket(socket.AF_UNIX)
            peer.settimeout(5)
            peer.connect("\(open.path)")
            peer.sendall(bytes([\(handshake)]))
            while peer.recv(4096): pass
            """,
        ]
        try nobody.run()
        var refusals: [AccessRefusal] = []
        while nobody.isRunning || refusals.isEmpty {
            #expect(try router.receive() == nil)
            while let refusal = router.nextRefusal() { refusals.append(refusal) }
            usleep(5_000)
        }
        #expect(nobody.terminationStatus == 0)
        #expect(refusals.count == 1 && refusals[0].description.contains("is not of this user"), "\(refusals)")
    }

    @Test("a second coordinator of this user does not take the first one's place")
    func taken() throws {
        let second = try RouterSocket(settings: gate.listening)
        #expect(throws: TransportError.addressInUse(endpoint: place.endpoint)) { try second.meet(at: place) }
        let dealer = try DealerSocket()
        try dealer.connect(place.endpoint)
        pair.dealer = dealer
        _ = try pair.introduce()
    }

    @Test("a folder that others own, reach or can swap is no place to meet, neither to listen nor to dial")
    func folders() throws {
        let base = "/tmp/headstart-places-\(UUID().uuidString.prefix(8))"
        #expect(mkdir(base, 0o700) == 0)
        defer { try? FileManager.default.removeItem(atPath: base) }
        func refusal(_ folder: String) -> String? {
            let place = MeetingPlace(endpoint: "ipc://\(base)/\(folder)/place")
            do throws(TransportError) {
                try DealerSocket().connect(place.endpoint)
                return nil
            } catch { return error.description }
        }
        #expect(refusal("new") == nil)
        #expect(mkdir(base + "/wide", 0o777) == 0 && chmod(base + "/wide", 0o777) == 0)
        #expect(refusal("wide") == nil)
        var status = stat()
        #expect(stat(base + "/wide", &status) == 0 && status.st_mode & 0o777 == 0o700, "it is mended")
        #expect(symlink(base + "/new", base + "/link") == 0)
        #expect(refusal("link")?.contains("not this user's alone; ") == true)
        #expect(chmod(base, 0o777) == 0)
        #expect(refusal("new")?.contains("others may rename") == true)
        guard geteuid() == 0 else { return }
        #expect(chmod(base, 0o700) == 0 && chown(base + "/new", 65_534, 65_534) == 0)
        #expect(refusal("new")?.contains("not this user's alone; ") == true)
    }

    /// The status of the authenticator's answer.
    private func status(_ question: [FrameBytes]) -> String {
        String(decoding: Authenticator.shared.reply(to: ZAPRequest(question))[2], as: UTF8.self)
    }

    private func expectRefused(_ peer: RawPeer) throws {
        try pair.pump(until: { !$0.refusals.isEmpty })
        #expect(peer.isHungUp(within: 2))
        #expect(pair.atRouter.isEmpty)
    }
}
