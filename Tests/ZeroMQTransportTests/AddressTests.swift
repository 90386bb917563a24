import Glibc
import Testing
import WireMessages

@testable import ZeroMQTransport

@Suite struct AddressTests {
    @Test(
        "what is bound for a host can be dialled: a name stays one, an interface's becomes its address",
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("*", "*"), ("[::]", "[::]"), ("localhost", "localhost"),
            ("lo", "127.0.0.1"), ("[fe80::1%lo]", "[fe80::1%lo]"),
        ])
    func bound(host: String, shown: String) throws {
        let (hosts, found) = try EndpointAddress("tcp://\(host):1").hostsToBind()
        #expect(found == shown)
        #expect(host == "localhost" ? hosts.contains("127.0.0.1") : hosts == [shown])
    }

    @Test("whether anybody listens at an address of this machine is known at once")
    func listening() throws {
        var router: RouterSocket? = try RouterSocket()
        let endpoint = try #require(try router?.bind("tcp://127.0.0.1:*"))
        #expect(try EndpointAddress(endpoint).isListening)
        let port = try #require(endpoint.split(separator: ":").last)
        #expect(try EndpointAddress("tcp://localhost:\(port)").isListening)
        router = nil
        let deadline = ContinuousClock.now + .seconds(10)
        while try EndpointAddress(endpoint).isListening, ContinuousClock.now < deadline { usleep(10_000) }
        #expect(try !EndpointAddress(endpoint).isListening)
    }

    @Test("a host that nobody knows is named as such")
    func unknown() throws {
        let router = try RouterSocket()
        let error = #expect(throws: TransportError.self) { try router.bind("tcp://absent.invalid:*") }
        #expect(error == .unknownHost(name: "absent.invalid"))
        #expect(error?.description.contains("; ") == true)
    }

    @Test("a listener by name or by interface is met by name", arguments: ["localhost", "lo", "127.0.1.1"])
    func byName(host: String) throws {
        let router = try RouterSocket()
        let endpoint = try router.bind("tcp://\(host):*")
        let address = try EndpointAddress(endpoint)
        #expect(address.isLoopback && address.includesLoopback)
        let dealer = try DealerSocket()
        try dealer.connect(endpoint)
        try connects(dealer)
    }

    @Test("an address where nobody listens gives way to the next one that the name has, round by round")
    func rounds() throws {
        let router = try RouterSocket()
        let port = try #require(try router.bind("tcp://127.0.0.1:*").split(separator: ":").last)
        func addresses() throws -> AddressRounds {
            try AddressRounds(EndpointAddress("tcp://name:\(port)")) { _ in
                [HostAddress("127.0.0.2"), HostAddress("127.0.0.1")].compactMap { $0 }
            }
        }
        var rounds = try addresses()
        let start = ContinuousClock.now
        #expect(step(&rounds, at: start) == .dial("tcp://127.0.0.2:\(port)"))
        #expect(rounds.next(at: start) == .wait)
        rounds.ended(at: start, pause: .milliseconds(70))
        #expect(rounds.next(at: start + .milliseconds(69)) == .wait)
        #expect(step(&rounds, at: start + .milliseconds(70)) == .dial("tcp://127.0.0.1:\(port)"))
        rounds.ended(at: start, pause: .zero)
        #expect(step(&rounds, at: start) == .dial("tcp://127.0.0.2:\(port)"), "it is asked for anew")
        let dealer = try DealerSocket()
        try dealer.connect(addresses())
        try connects(dealer)
    }

    @Test("a name that nobody knows is asked for again, after a pause")
    func unresolved() throws {
        var rounds = try AddressRounds(EndpointAddress("tcp://name:1")) { _ in [] }
        let start = ContinuousClock.now
        #expect(step(&rounds, at: start) == .unknown)
        #expect(rounds.next(at: start + .milliseconds(1)) == .wait)
        #expect(step(&rounds, at: start + .seconds(1)) == .unknown)
    }

    /// What is to be done once the lookup's thread has answered.
    private func step(_ rounds: inout AddressRounds, at now: ContinuousClock.Instant) -> AddressRounds.Step {
        for _ in 0..<2_000 {
            let step = rounds.next(at: now)
            if step != .wait { return step }
            usleep(1_000)
        }
        return .wait
    }

    private func connects(_ dealer: DealerSocket) throws {
        let poller = SocketPoller(wakeup: try Wakeup())
        for _ in 0..<200 {
            _ = try poller.wait(for: [dealer], timeout: .milliseconds(50))
            while let event = try dealer.nextEvent() { if case .connected = event { return } }
        }
        Issue.record("no connection within 10 s")
    }
}
