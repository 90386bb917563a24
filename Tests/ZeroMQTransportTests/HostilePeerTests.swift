import Foundation
import Testing
import WireMessages

@testable import ZeroMQTransport

@Suite struct HostilePeerTests {
    @Test("a peer that sends other than segments is named, and goes on after")
    func notSegments() throws {
        let pair = try SocketPair(connects: false)
        let peer = try RawPeer(port: pair.port)
        try peer.shakeHands()
        peer.send(
            RawPeer.frame([]) + RawPeer.frame(Array("GET / HTTP/1.1".utf8))
                + RawPeer.hello)
        try pair.pump(until: { $0.atRouter.count == 1 })
        #expect(pair.faults.map(\.error) == [.notASegment, .notASegment])
        #expect(pair.faults.allSatisfy { $0.peer == pair.atRouter.first?.0 })
        #expect(pair.atRouter.first?.1.header == [42])
    }

    @Test("a message of endlessly many frames is a fault once it ends")
    func manyFrames() throws {
        let pair = try SocketPair(connects: false)
        let peer = try RawPeer(port: pair.port)
        try peer.shakeHands()
        for _ in 0..<2000 { peer.send([1, 1, 0]) }
        peer.send(RawPeer.frame([0]) + RawPeer.hello)
        try pair.pump(until: { $0.atRouter.count == 1 })
        #expect(pair.faults.map(\.error) == [.notASegment])
    }

    @Test("a frame over the limit ends the connection before it is read")
    func oversizedFrame() throws {
        let pair = try SocketPair(connects: false)
        let peer = try RawPeer(port: pair.port)
        // A long frame that announces 2 MiB.
        try peer.shakeHands()
        peer.send(RawPeer.hello + [2, 0, 0, 0, 0, 0, 0x20, 0, 0, 1, 2, 3])
        try pair.pump(until: { !$0.disconnections.isEmpty })
        #expect(pair.disconnections == pair.atRouter.map(\.0))
    }

    @Test("a peer that falls silent is reported lost by the heartbeat")
    func silence() throws {
        var settings = TransportSettings()
        settings.heartbeatInterval = .milliseconds(50)
        settings.heartbeatTimeout = .milliseconds(150)
        let pair = try SocketPair(settings, connects: false)
        let peer = try RawPeer(port: pair.port)
        try peer.shakeHands()
        peer.send(RawPeer.hello)
        try pair.pump(until: { !$0.disconnections.isEmpty })
        #expect(pair.disconnections == pair.atRouter.map(\.0))
        withExtendedLifetime(peer) {}
    }

    @Test("a connection that never introduces itself is dropped, and disturbs nobody")
    func slowHandshake() throws {
        var settings = TransportSettings()
        settings.handshakeTimeout = .milliseconds(100)
        let pair = try SocketPair(settings, connects: false)
        let silent = try (0..<20).map { _ in try RawPeer(port: pair.port) }
        let garbage = try RawPeer(port: pair.port)
        garbage.send([UInt8](repeating: 0x41, count: 4000))
        try pair.connect(settings)
        let worker = try pair.introduce()
        #expect(try pair.router.send(patterned([100]), to: worker) == .sent)
        try pair.pump(until: { $0.atDealer.count == 1 })
        #expect(pair.disconnections.isEmpty && pair.faults.isEmpty)
        withExtendedLifetime(silent) {}
    }

    @Test("a worker process that is killed is reported lost at once, not by the heartbeat")
    func killedProcess() throws {
        var settings = TransportSettings()
        settings.heartbeatInterval = .seconds(100)
        settings.heartbeatTimeout = .seconds(100)
        let pair = try SocketPair(settings, connects: false)
        let script = """
            exec 3<>/dev/tcp/127.0.0.1/\(try pair.port)
            printf %b '\(octal(RawPeer.handshake))' >&3
            head -c \(RawPeer.answerBytes) <&3 >/dev/null
            printf %b '\(octal(RawPeer.hello))' >&3
            exec sleep 60
            """
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/bin/bash")
        child.arguments = ["-c", script]
        try child.run()
        defer { child.waitUntilExit() }
        try pair.pump(until: { $0.atRouter.count == 1 })
        kill(child.processIdentifier, SIGKILL)
        try pair.pump(until: { !$0.disconnections.isEmpty })
        #expect(pair.disconnections == pair.atRouter.map(\.0))
    }

    private func octal(_ bytes: [UInt8]) -> String {
        bytes.map { "\\0" + String($0, radix: 8) }.joined()
    }

    @Test("a server that is no coordinator is a failed handshake, with a remedy")
    func notACoordinator() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #expect(bind(listener, $0, size) == 0 && listen(listener, 8) == 0)
                getsockname(listener, $0, &size)
            }
        }
        let settings = TransportSettings()
        let dealer = try DealerSocket(settings: settings)
        try dealer.connect("tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))")
        let accepted = accept(listener, nil, nil)
        let answer = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
        #expect(write(accepted, answer, answer.count) == answer.count)
        defer { close(accepted) }
        let poller = SocketPoller(wakeup: try Wakeup())
        var event: ConnectionEvent?
        while event == nil {
            _ = try poller.wait(for: [dealer], timeout: .seconds(1))
            event = try dealer.nextEvent()
        }
        guard case .handshakeFailed = event else {
            Issue.record("\(String(describing: event))")
            return
        }
        #expect(event?.description.contains("check that a headstart coordinator listens there") == true)
    }
}

@Suite struct PollerTests {
    @Test("a signal from another thread ends a wait, and signals before it spare it")
    func wakeup() throws {
        let wakeup = try Wakeup()
        let poller = SocketPoller(wakeup: wakeup)
        wakeup.signal()
        wakeup.signal()
        #expect(try poller.wait(for: [], timeout: .seconds(20)))
        #expect(try !poller.wait(for: [], timeout: .milliseconds(1)))
        for _ in 0..<200 {
            Thread.detachNewThread { wakeup.signal() }
            #expect(try poller.wait(for: [], timeout: .seconds(20)))
        }
        #expect(try !poller.wait(for: [], timeout: .milliseconds(1)))
    }

    @Test("no signal is lost however signals and waits interleave")
    func interleaving() throws {
        let wakeup = try Wakeup()
        let poller = SocketPoller(wakeup: wakeup)
        let queue = Queue()
        let total = 100_000
        Thread.detachNewThread {
            for _ in 0..<total {
                queue.add()
                wakeup.signal()
            }
        }
        var taken = 0
        while taken < total {
            guard try poller.wait(for: [], timeout: .seconds(20)) else {
                Issue.record("a signal was lost after \(taken)")
                return
            }
            taken += queue.takeAll()
        }
    }

    @Test("waiting while output is stuck takes next to no processor time")
    func noSpinning() throws {
        var settings = TransportSettings()
        settings.highWaterMark = 2
        let pair = try SocketPair(settings)
        let worker = try pair.introduce()
        while try pair.router.send(patterned([400_000]), to: worker) == .sent {}
        let before = threadSeconds()
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .milliseconds(500) {
            _ = try pair.poller.wait(for: [pair.router], timeout: .milliseconds(500))
        }
        #expect(threadSeconds() - before < 0.1)
    }

    private func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private final class Queue: @unchecked Sendable {  // Every access holds the lock.
        private let lock = NSLock()
        private var count = 0
        func add() { lock.withLock { count += 1 } }
        func takeAll() -> Int {
            lock.withLock {
                defer { count = 0 }
                return count
            }
        }
    }
}
