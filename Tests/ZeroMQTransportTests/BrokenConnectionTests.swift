import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing
import WireMessages

@testable import ZeroMQTransport

@Suite("Connections that break, and connections that are ended", .ending)
struct BrokenConnectionTests {
    /// Takes what comes to a router, on a thread of its own.
    private final class Receiver: Sendable {
        private struct State {
            /// Those of each connection, whose last messages may come beside the first of the next.
            var numbers: [PeerID: [Int]] = [:]
            var damaged = 0
            var port: UInt16?
            var isDone = false
        }
        private let state = Mutex(State())
        private let frames: Int

        init(frames: Int) throws {
            self.frames = frames
            Thread.detachNewThread { [self] in
                try? receive()
                state.withLock { $0.isDone = true }
            }
            while state.withLock({ $0.port == nil && !$0.isDone }) { usleep(1000) }
        }

        var port: UInt16? { state.withLock { $0.port } }
        var numbers: [[Int]] { state.withLock { Array($0.numbers.values) } }
        var damaged: Int { state.withLock { $0.damaged } }
        func end() { state.withLock { $0.isDone = true } }

        private func receive() throws {
            let router = try RouterSocket()
            let endpoint = try router.bind("tcp://127.0.0.1:*")
            state.withLock { $0.port = endpoint.split(separator: ":").last.flatMap { UInt16($0) } }
            let poller = SocketPoller(wakeup: try Wakeup())
            while !state.withLock({ $0.isDone }) {
                _ = try poller.wait(for: [router], timeout: .milliseconds(20))
                while let (peer, message) = try router.receive() {
                    let number = message.header.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
                    let isWhole =
                        message.tensors.count == frames
                        && message.tensors.allSatisfy {
                            $0.count == 5000
                                && $0.array.allSatisfy { $0 == UInt8(truncatingIfNeeded: number) }
                        }
                    state.withLock { state in
                        state.numbers[peer, default: []].append(number)
                        state.damaged += isWhole ? 0 : 1
                    }
                }
                while router.nextFault() != nil {}
                while router.nextDisconnection() != nil {}
            }
        }
    }

    @Test("a connection that is cut at any byte, at full rate, loses whole messages and nothing else")
    func cuts() throws {
        let receiver = try Receiver(frames: 50)
        // Seeded lengths of up to 3 MB: within the greeting, a frame, a segment, a message.
        let relay = try CuttingRelay(to: #require(receiver.port)) { connection in
            Int((UInt64(connection &+ 1) &* 0x9E37_79B9_7F4A_7C15) >> 40) % 3_000_000 + 1
        }
        var settings = TransportSettings()
        settings.reconnectInterval = .milliseconds(1)
        settings.maximumReconnectInterval = .milliseconds(2)
        settings.maximumQueuedBytes = 4 << 20
        let dealer = try DealerSocket(settings: settings)
        try dealer.connect("tcp://127.0.0.1:\(relay.port)")
        let poller = SocketPoller(wakeup: try Wakeup())
        let deadline = ContinuousClock.now + .seconds(120)
        var (number, ended) = (0, 0)
        while relay.cuts < 150, ContinuousClock.now < deadline {
            let tensor = FrameBytes([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 5000))
            let message = WireFrames(
                header: withUnsafeBytes(of: number, Array.init), tensors: Array(repeating: tensor, count: 50))
            while try dealer.send(message) == .wouldBlock {
                _ = try poller.wait(for: [dealer], timeout: .milliseconds(5))
                while let event = try dealer.nextEvent() {
                    if case .disconnected = event { ended += 1 }
                }
                guard ContinuousClock.now < deadline else { break }
            }
            number += 1
        }
        relay.end()
        receiver.end()
        #expect(relay.cuts >= 150)
        #expect(ended > 0 && receiver.damaged == 0)
        // What an ended connection has left and what the next one brings is read in turns.
        let numbers = receiver.numbers
        #expect(!numbers.isEmpty)
        #expect(numbers.allSatisfy { zip($0, $0.dropFirst()).allSatisfy(<) })
        #expect(Set(numbers.joined()).count == numbers.joined().count)
    }

    /// A peer that has introduced itself, and its name.
    private func stranger(of pair: SocketPair) throws -> (RawPeer, PeerID) {
        let count = pair.atRouter.count
        let peer = try RawPeer(port: pair.port)
        try peer.shakeHands()
        peer.send(RawPeer.hello)
        try pair.pump(until: { $0.atRouter.count > count })
        return (peer, try #require(pair.atRouter.last).0)
    }

    /// Raw peers answer no heartbeat.
    private var withoutHeartbeats: TransportSettings {
        var settings = TransportSettings()
        settings.heartbeatInterval = .seconds(100)
        settings.heartbeatTimeout = .seconds(100)
        return settings
    }

    @Test("a peer that is ended is gone with what waited for it, is named, and others stay")
    func ending() throws {
        let pair = try SocketPair(withoutHeartbeats, connects: false)
        let (reading, innocent) = try stranger(of: pair)
        let (peer, id) = try stranger(of: pair)
        while pair.router.queuedBytes(for: id) < 8 << 20 {
            #expect(try pair.router.send(patterned([1_000_000]), to: id) == .sent)
        }
        try pair.router.end(id, because: .doesNotRead)
        #expect(pair.router.queuedBytes(for: id) == 0)
        #expect(try pair.router.send(patterned([10]), to: id) == .unreachable)
        try pair.pump(until: { !$0.disconnections.isEmpty })
        #expect(pair.disconnections == [id])
        #expect(pair.endings.map(\.peer) == [id])
        #expect(pair.refusals == [.ended(address: "127.0.0.1", reason: .doesNotRead)])
        #expect(peer.isHungUp(within: 5))
        #expect(try pair.router.send(patterned([10]), to: innocent) == .sent)
        withExtendedLifetime(reading) {}
    }

    @Test("a peer that takes nothing of what waits for it is ended after a while, and one that reads is not")
    func stuck() throws {
        var settings = withoutHeartbeats
        settings.stuckTimeout = .milliseconds(300)
        let pair = try SocketPair(settings)
        let reading = try pair.introduce()
        let (peer, id) = try stranger(of: pair)
        // More than the system takes by itself.
        while pair.router.queuedBytes(for: id) < 8 << 20 {
            #expect(try pair.router.send(patterned([1_000_000]), to: id) == .sent)
        }
        var sent = 0
        try pair.pump(until: { pair in
            if (try? pair.router.send(patterned([1000]), to: reading)) == .sent { sent += 1 }
            return !pair.disconnections.isEmpty
        })
        #expect(pair.disconnections == [id])
        #expect(pair.endings.map(\.reason) == [.takesNothing(for: .milliseconds(300))])
        try pair.pump(until: { $0.atDealer.count == sent })
        withExtendedLifetime(peer) {}
    }

    @Test("what waits for all peers is bounded; a tensor that waits for many counts once")
    func sum() throws {
        var settings = withoutHeartbeats
        settings.maximumQueuedBytesOfAll = 24 << 20
        settings.highWaterMark = 2
        let pair = try SocketPair(settings, connects: false)
        let strangers = try (0..<4).map { _ in try stranger(of: pair) }
        let shared = WireFrames(
            header: [1], tensors: [FrameBytes([UInt8](repeating: 7, count: 16 << 20))])
        for (_, id) in strangers { #expect(try pair.router.send(shared, to: id) == .sent) }
        #expect(pair.endings.isEmpty)
        let greedy = try #require(strangers.last).1
        var sent = 0
        while try pair.router.send(patterned([1_000_000]), to: greedy) == .sent {
            sent += 1
            try #require(sent < 100)
        }
        try pair.pump(until: { !$0.disconnections.isEmpty })
        #expect(pair.endings.map(\.peer) == [greedy] && sent < 20)
        #expect(pair.endings.map(\.reason) == [.takesTooMuch])
        withExtendedLifetime(strangers) {}
    }

    @Test("before it is trusted a peer may say no more than its limits")
    func trust() throws {
        var settings = TransportSettings()
        settings.strangerLimits = WireLimits()
        settings.strangerLimits?.maximumTensors = 0
        settings.strangerLimits?.maximumHeaderBytes = 100
        let pair = try SocketPair(settings)
        let id = try pair.introduce()
        #expect(try pair.dealer?.send(patterned(header: Array(repeating: 1, count: 101), [])) == .sent)
        #expect(try pair.dealer?.send(patterned([300_000])) == .sent)
        try pair.pump(until: { $0.faults.contains { $0.error == .outOfOrder } })
        #expect(
            pair.faults.map(\.error).prefix(2) == [
                .tooLarge(bytes: 101, limit: 100), .tooLarge(bytes: 1, limit: 0),
            ])
        pair.router.trust(id)
        #expect(try pair.dealer?.send(patterned([300_000])) == .sent)
        try pair.pump(until: { $0.atRouter.count == 2 })
        expectSame(try #require(pair.atRouter.last).1, patterned([300_000]))
    }

    @Test("a descriptor that belongs to something else by now is left alone")
    func reusedDescriptor() throws {
        var others = [Int32](repeating: -1, count: 2)
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &others) == 0)
        defer { for descriptor in others { close(descriptor) } }
        // Another test may be faster at taking the number; then the next connection is tried.
        for _ in 0..<50 {
            let pair = try SocketPair(connects: false)
            var (peer, id): (RawPeer?, PeerID) = try stranger(of: pair)
            let descriptor = try #require(pair.router.peers[id]).descriptor
            let inode = try #require(Self.inode(descriptor))
            withExtendedLifetime(peer) {}
            peer = nil
            // libzmq closes its end, of which nobody has told the router's owner yet.
            let deadline = ContinuousClock.now + .seconds(20)
            while Self.inode(descriptor) == inode, ContinuousClock.now < deadline { usleep(200) }
            let other = fcntl(others[0], F_DUPFD_CLOEXEC, descriptor)
            defer { close(other) }
            guard other == descriptor else { continue }
            try pair.router.end(id, because: .doesNotRead)
            #expect(write(others[0], "a", 1) == 1)
            var byte: UInt8 = 0
            #expect(read(others[1], &byte, 1) == 1 && byte == UInt8(ascii: "a"))
            try pair.pump(until: { !$0.disconnections.isEmpty })
            #expect(pair.disconnections == [id] && pair.refusals.isEmpty)
            return
        }
        Issue.record("the number was never free")
    }

    private static func inode(_ descriptor: Int32) -> ino_t? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status.st_ino : nil
    }
}
