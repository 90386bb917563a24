import Glibc
import Testing
import WireMessages

@testable import ZeroMQTransport

/// Peers that never get as far as a key, at an address that asks for one.
@Suite(.serialized) struct HostileConnectionTests {
    @Test("random bytes end the connection and disturb nobody")
    func randomBytes() throws {
        let gate = try Gate()
        let pair = try SocketPair(gate.listening, connects: false)
        var generator = SystemRandomNumberGenerator()
        let peers = try (0..<10).map { _ in try RawPeer(port: pair.port) }
        for peer in peers {
            peer.send([0xFF] + (0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        try pair.connect(gate.joining)
        _ = try pair.introduce()
        #expect(peers.allSatisfy { $0.isHungUp(within: 2) })
        #expect(pair.atRouter.count == 1)
    }

    @Test("a frame over the limit before the key is shown ends the connection without being stored")
    func oversizedFrame() throws {
        let gate = try Gate()
        let pair = try SocketPair(gate.listening, connects: false)
        let peer = try RawPeer(port: pair.port)
        peer.send(RawPeer.curveGreeting + [6, 0, 0, 0, 0, 0x10, 0, 0, 0])
        let before = residentBytes()
        let block = [UInt8](repeating: 7, count: 1 << 20)
        var taken = 0
        while taken < 64, peer.offer(block) { taken += 1 }
        #expect(peer.isHungUp(within: 2))
        #expect(residentBytes() - before < 16 << 20)
    }

    @Test("a handshake that was recorded opens nothing when it is played again")
    func replay() throws {
        let gate = try Gate()
        let pair = try SocketPair(gate.listening, connects: false)
        let proxy = try RecordingProxy(to: try pair.port)
        let dealer = try DealerSocket(settings: gate.joining)
        try dealer.connect("tcp://127.0.0.1:\(proxy.port)")
        pair.dealer = dealer
        _ = try pair.introduce()
        let thief = try RawPeer(port: pair.port)
        _ = thief.offer(proxy.recording)
        #expect(thief.isHungUp(within: 2))
        try pair.pump(until: { !$0.refusals.isEmpty })
        #expect(pair.atRouter.count == 1 && proxy.recording.count > 300)
    }

    @Test("a message that never ends is cut off once it has brought nothing whole for the silence timeout")
    func endlessMultipart() throws {
        var settings = TransportSettings()
        settings.silenceTimeout = .milliseconds(300)
        let pair = try SocketPair(settings, connects: false)
        let peer = try RawPeer(port: pair.port)
        try peer.shakeHands()
        peer.send(RawPeer.hello)
        let start = ContinuousClock.now
        let frame: [UInt8] = [1, 200] + [UInt8](repeating: 1, count: 200)
        try pair.pump(until: { pair in
            _ = peer.offer(frame)
            return !pair.disconnections.isEmpty
        })
        #expect(pair.disconnections == pair.atRouter.map(\.0))
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test("200 connections that say nothing, or half a greeting, cost little and keep nobody out")
    func flood() throws {
        let gate = try Gate()
        let pair = try SocketPair(gate.listening, connects: false)
        let before = residentBytes()
        let peers = try (0..<200).map { _ in try RawPeer(port: pair.port) }
        for peer in peers.prefix(100) { peer.send(Array(RawPeer.curveGreeting.prefix(40))) }
        let start = ContinuousClock.now
        try pair.connect(gate.joining)
        let worker = try pair.introduce()
        #expect(try pair.router.send(patterned([1_000_000]), to: worker) == .sent)
        try pair.pump(until: { $0.atDealer.count == 1 })
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(residentBytes() - before < 64 << 20)
        #expect(peers.allSatisfy { $0.isHungUp(within: 2) })
    }

    private func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 200)
        fgets(&line, 200, file)
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }
}
