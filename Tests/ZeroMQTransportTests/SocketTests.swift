import Testing
import WireMessages

@testable import ZeroMQTransport

@Suite struct SocketTests {
    @Test("messages of any size arrive whole, in order, both ways")
    func roundTrips() throws {
        let pair = try SocketPair()
        let worker = try pair.introduce()
        let sizes = [
            [], [0], [1], [0, 0, 5, 0], [4095, 4096, 4097], [512 * 1024], [512 * 1024 + 1],
            [300_000, 300_000, 300_000], [25_690_112, 3080],
        ]
        for lengths in sizes {
            #expect(try pair.router.send(patterned(lengths), to: worker) == .sent)
            #expect(try pair.dealer?.send(patterned(lengths)) == .sent)
        }
        try pair.pump(until: { $0.atDealer.count == sizes.count && $0.atRouter.count == sizes.count + 1 })
        for (index, lengths) in sizes.enumerated() {
            expectSame(pair.atDealer[index], patterned(lengths))
            expectSame(pair.atRouter[index + 1].1, patterned(lengths))
        }
    }

    @Test("frames that were received are aligned for floats")
    func alignment() throws {
        let pair = try SocketPair()
        let worker = try pair.introduce()
        for count in 1..<400 {
            try #require(try pair.router.send(patterned([count * 4, count * 32]), to: worker) == .sent)
        }
        try pair.pump(until: { $0.atDealer.count == 399 })
        for frame in pair.atDealer.flatMap(\.tensors) {
            frame.withUnsafeBytes { #expect(Int(bitPattern: $0.baseAddress) % 8 == 0) }
        }
    }

    @Test(
        "a message to a peer that does not read waits up to the bound, whole or not at all, and none is lost")
    func backpressure() throws {
        var settings = TransportSettings()
        settings.highWaterMark = 4
        settings.maximumQueuedBytes = 8 * 1024 * 1024
        let pair = try SocketPair(settings)
        let worker = try pair.introduce()
        pair.dealerReads = false
        var sent = 0
        while try pair.router.send(patterned(header: [UInt8(sent)], [1_500_000]), to: worker) == .sent {
            sent += 1
            try #require(sent < 200)
        }
        #expect(pair.router.queuedBytes(for: worker) <= settings.maximumQueuedBytes)
        #expect(pair.router.queuedBytes(for: worker) > settings.maximumQueuedBytes - 1_600_000)
        pair.dealerReads = true
        try pair.pump(until: { $0.atDealer.count == sent })
        #expect(pair.atDealer.map { Int($0.header[0]) } == Array(0..<sent))
        #expect(pair.router.queuedBytes(for: worker) == 0)
        #expect(try pair.router.send(patterned([10]), to: worker) == .sent)
    }

    @Test("one peer that does not read leaves the others their messages")
    func independence() throws {
        var settings = TransportSettings()
        settings.highWaterMark = 2
        settings.maximumQueuedBytes = 1024 * 1024
        let pair = try SocketPair(settings)
        let stuck = try pair.introduce()
        let stuckSocket = pair.dealer
        while try pair.router.send(patterned([400_000]), to: stuck) == .sent {}
        try pair.connect(settings)
        let reading = try pair.introduce()
        for _ in 0..<20 { #expect(try pair.router.send(patterned([1000]), to: reading) == .sent) }
        try pair.pump(until: { $0.atDealer.count == 20 })
        withExtendedLifetime(stuckSocket) {}
    }

    @Test("a worker that closes is reported once, and is unreachable afterwards")
    func disconnection() throws {
        let pair = try SocketPair()
        let worker = try pair.introduce()
        pair.dealer = nil
        try pair.pump(until: { !$0.disconnections.isEmpty })
        #expect(pair.disconnections == [worker])
        #expect(try pair.router.send(patterned([1]), to: worker) == .unreachable)
    }

    @Test("workers that come and go on reused descriptors are each reported lost, once")
    func reuse() throws {
        let pair = try SocketPair(connects: false)
        var all: Set<PeerID> = []
        for _ in 0..<30 {
            try pair.connect()
            all.insert(try pair.introduce())
            pair.dealer = nil
        }
        #expect(all.count == 30)
        try pair.pump(until: { $0.disconnections.count >= 30 })
        #expect(Set(pair.disconnections) == all)
        #expect(pair.disconnections.count == 30)
    }

    @Test("the last messages of a worker that closes still arrive")
    func lastWords() throws {
        let pair = try SocketPair()
        let worker = try pair.introduce()
        for _ in 0..<10 { #expect(try pair.dealer?.send(patterned([2000])) == .sent) }
        try pair.dealer?.drain()
        pair.dealer = nil
        try pair.pump(until: { !$0.disconnections.isEmpty && $0.atRouter.count == 11 })
        #expect(pair.atRouter.allSatisfy { $0.0 == worker })
    }

    @Test("a worker whose coordinator comes back connects again by itself, without stale messages")
    func restart() throws {
        var pair: SocketPair? = try SocketPair()
        let endpoint = try #require(pair).endpoint
        _ = try pair?.introduce()
        let dealer = try #require(pair?.dealer)
        pair = nil
        let poller = SocketPoller(wakeup: try Wakeup())
        var events: [ConnectionEvent] = []
        while !events.contains(.disconnected(endpoint: endpoint)) {
            _ = try poller.wait(for: [dealer], timeout: .seconds(1))
            while let event = try dealer.nextEvent() { events.append(event) }
        }
        let restarted = try RouterSocket()
        #expect(try restarted.bind(endpoint) == endpoint)
        #expect(try dealer.send(WireFrames(header: [5])) == .sent)
        var received: [WireFrames] = []
        let deadline = ContinuousClock.now + .seconds(60)
        while received.isEmpty, ContinuousClock.now < deadline {
            _ = try poller.wait(for: [dealer, restarted], timeout: .seconds(1))
            while let (_, message) = try restarted.receive() { received.append(message) }
            // On a busy machine a handshake may be late and fail; what was queued is dropped with the
            // connection.
            while let event = try dealer.nextEvent() {
                if case .disconnected = event { _ = try dealer.send(WireFrames(header: [5])) }
            }
            if received.isEmpty, dealer.queuedBytes == 0 { _ = try dealer.send(WireFrames(header: [5])) }
        }
        // Once or more often, but nothing from before.
        #expect(!received.isEmpty && received.allSatisfy { $0.header == [5] })
    }

    @Test("a message over the limit is refused by its sender")
    func tooLarge() throws {
        var settings = TransportSettings()
        settings.limits.maximumMessageBytes = 1000
        let pair = try SocketPair(settings)
        #expect(throws: TransportError.messageTooLarge(bytes: 1003, limit: 1000)) {
            try pair.dealer?.send(patterned([1000]))
        }
    }
}

@Suite struct EndpointTests {
    @Test("a port in use is named")
    func portInUse() throws {
        let first = try RouterSocket()
        let endpoint = try first.bind("tcp://127.0.0.1:*")
        let port = try #require(endpoint.split(separator: ":").last)
        let second = try RouterSocket()
        let error = #expect(throws: TransportError.addressInUse(endpoint: endpoint)) {
            try second.bind(endpoint)
        }
        #expect(error?.description.hasPrefix("port \(port) is in use; ") == true)
    }

    @Test(
        "addresses that can't be listened on are errors that name them",
        arguments: [
            ("tcp://192.0.2.1:7733", TransportError.addressNotAvailable(endpoint: "tcp://192.0.2.1:7733")),
            ("nonsense", .invalidEndpoint(endpoint: "nonsense")),
            ("tcp://127.0.0.1", .invalidEndpoint(endpoint: "tcp://127.0.0.1")),
            ("tcp://127.0.0.1:70000", .invalidEndpoint(endpoint: "tcp://127.0.0.1:70000")),
            ("gopher://127.0.0.1:1", .invalidEndpoint(endpoint: "gopher://127.0.0.1:1")),
        ])
    func badEndpoints(endpoint: String, expected: TransportError) throws {
        let socket = try RouterSocket()
        #expect(throws: expected) { try socket.bind(endpoint) }
    }

    @Test("a worker says that nothing listens, and connects once something does")
    func nothingListens() throws {
        let placeholder = try SocketPair(connects: false)
        let port = try #require(placeholder.endpoint.split(separator: ":").last.flatMap { Int($0) })
        let endpoint = "tcp://127.0.0.1:\(port == 65_535 ? port - 1 : port + 1)"
        let dealer = try DealerSocket()
        try dealer.connect(endpoint)
        let poller = SocketPoller(wakeup: try Wakeup())
        var event: ConnectionEvent?
        while event == nil {
            _ = try poller.wait(for: [dealer], timeout: .seconds(1))
            event = try dealer.nextEvent()
        }
        guard case .unanswered(endpoint, _) = event else {
            Issue.record("\(String(describing: event))")
            return
        }
        let router = try RouterSocket()
        _ = try router.bind(endpoint)
        while event != .connected(endpoint: endpoint) {
            _ = try poller.wait(for: [dealer, router], timeout: .seconds(1))
            event = try dealer.nextEvent() ?? event
        }
    }
}
