import ContentAddressing
import Testing
import WireMessages

@testable import ZeroMQTransport

/// A coordinator's key and whom it admits.
struct Gate {
    let server: KeyPair
    let member: KeyPair
    let admitted: AdmittedKeys

    init() throws {
        server = try KeyPair.generate()
        member = try KeyPair.generate()
        admitted = AdmittedKeys([member.publicKey])
    }

    var listening: TransportSettings { settings(.server(server, admitted: admitted)) }
    var joining: TransportSettings { settings(.client(member, server: server.publicKey)) }

    func settings(_ security: SecuritySettings) -> TransportSettings {
        var settings = TransportSettings()
        settings.security = security
        return settings
    }
}

/// Every way in but the right one.
enum WayIn: String, CaseIterable, CustomTestStringConvertible {
    case noKey = "a worker without a key"
    case unknownKey = "a key that nobody has admitted"
    case tokenOfAnotherRun = "the token of another run"
    case wrongServerKey = "an admitted key with another server's"
    case keyAtPlainAddress = "a worker with a token at an address without encryption"

    var testDescription: String { rawValue }

    func security(_ gate: Gate) throws -> SecuritySettings {
        let other = try KeyPair.generate()
        return switch self {
        case .noKey: .plain
        case .unknownKey: .client(other, server: gate.server.publicKey)
        case .tokenOfAnotherRun: .client(other, server: try KeyPair.generate().publicKey)
        case .wrongServerKey: .client(gate.member, server: other.publicKey)
        case .keyAtPlainAddress: .client(gate.member, server: gate.server.publicKey)
        }
    }

    /// What the worker's last word and the coordinator's line name.
    var cause: (worker: String, coordinator: String) {
        switch self {
        case .noKey, .keyAtPlainAddress:
            ("one end encrypts and the other does not", "one end encrypts and the other does not")
        case .unknownKey: ("this worker's key is not admitted", "is not admitted")
        case .tokenOfAnotherRun, .wrongServerKey:
            ("its key is another than the token's", "takes this coordinator for another")
        }
    }
}

@Suite struct AccessTests {
    @Test("whoever has an admitted key is heard and answered")
    func admitted() throws {
        let gate = try Gate()
        let pair = try SocketPair(gate.listening, connects: false)
        try pair.router.checkRefusal()
        try pair.connect(gate.joining)
        let worker = try pair.introduce()
        let message = patterned([3_000_000, 17])
        #expect(try pair.router.send(message, to: worker) == .sent)
        #expect(try pair.dealer?.send(message) == .sent)
        try pair.pump(until: { $0.atDealer.count == 1 && $0.atRouter.count == 2 })
        expectSame(pair.atDealer[0], message)
        expectSame(pair.atRouter[1].1, message)
        #expect(pair.refusals.isEmpty && pair.revocations.isEmpty)
    }

    @Test("each other way in ends within 2 s, with its cause named at both ends", arguments: WayIn.allCases)
    func refused(way: WayIn) throws {
        let gate = try Gate()
        let listening = way == .keyAtPlainAddress ? TransportSettings() : gate.listening
        let pair = try SocketPair(listening, connects: false)
        let joining = gate.settings(try way.security(gate))
        let start = ContinuousClock.now
        try pair.connect(joining)
        #expect(try pair.dealer?.send(WireFrames(header: [1])) == .sent)
        var tries = HandshakeTries(joining.security)
        var seen = 0
        var lastWord: String?
        try pair.pump(until: { pair in
            for event in pair.events.dropFirst(seen) { lastWord = lastWord ?? tries.lastWord(on: event) }
            seen = pair.events.count
            return lastWord != nil && !pair.refusals.isEmpty
        })
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(lastWord?.contains(way.cause.worker) == true, "\(lastWord ?? "") \(pair.events)")
        #expect(lastWord?.contains("; ") == true)
        #expect(pair.refusals[0].description.contains(way.cause.coordinator), "\(pair.refusals)")
        #expect(pair.atRouter.isEmpty)
    }

    @Test("a key that is revoked ends its live session: nothing of it counts, it is told, and stays out")
    func revoked() throws {
        let gate = try Gate()
        let pair = try SocketPair(gate.listening, connects: false)
        try pair.connect(gate.joining)
        let worker = try pair.introduce()
        let start = ContinuousClock.now
        gate.admitted.replace(with: [])
        pair.router.expelRevoked()
        #expect(try pair.dealer?.send(WireFrames(header: [2])) == .sent)
        try pair.pump(until: { !$0.revocations.isEmpty })
        #expect(pair.revocations == [worker])
        #expect(try pair.router.send(WireFrames(header: [3]), to: worker) == .sent)
        try pair.pump(until: { $0.refusals.count == 1 && $0.events.last.map(isRefusal) == true })
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(pair.atDealer.map(\.header) == [[3]])
        #expect(pair.atRouter.map(\.1.header) == [[1]])
        #expect(pair.disconnections == [worker])
        #expect(gate.admitted.refusalCount == 1)
    }

    @Test("one that is revoked does not take others with it")
    func othersStay() throws {
        let gate = try Gate()
        let second = try KeyPair.generate()
        gate.admitted.replace(with: [gate.member.publicKey, second.publicKey])
        let pair = try SocketPair(gate.listening, connects: false)
        try pair.connect(gate.joining)
        let first = try pair.introduce()
        let firstSocket = pair.dealer
        try pair.connect(gate.settings(.client(second, server: gate.server.publicKey)))
        let other = try pair.introduce()
        gate.admitted.replace(with: [second.publicKey])
        pair.router.expelRevoked()
        try pair.pump(until: { $0.disconnections == [first] })
        #expect(try pair.router.send(patterned([100]), to: other) == .sent)
        #expect(try pair.introduce() == other)
        try pair.pump(until: { $0.atDealer.count == 1 })
        withExtendedLifetime(firstSocket) {}
    }

    @Test("a coordinator that lets a stranger in refuses to run, and says why")
    func selfCheck() throws {
        let gate = try Gate()
        let pair = try SocketPair(gate.listening, connects: false)
        try pair.router.checkRefusal()
        #expect(pair.router.nextRefusal() == nil)
        let error = #expect(throws: TransportError.self) {
            try pair.router.checkRefusal(of: gate.member)
        }
        #expect(error?.description.contains("was let in; ") == true)
    }

    @Test("a path is no digest, so that none can be asked for")
    func pathAsDigest() {
        for text in ["../../etc/passwd", "/etc/passwd", String(repeating: "../", count: 21) + "x", ""] {
            #expect(ContentDigest(hex: text) == nil)
        }
    }

    private func isRefusal(_ event: ConnectionEvent) -> Bool {
        if case .handshakeFailed(_, .refused(400)) = event { true } else { false }
    }
}
