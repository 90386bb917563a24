import Testing
import WireMessages

@testable import ZeroMQTransport

/// A coordinator's and a worker's socket on this thread, with what they receive.
final class SocketPair {
    let router: RouterSocket
    var dealer: DealerSocket?
    let endpoint: String
    let poller: SocketPoller
    let wakeup: Wakeup
    private(set) var atRouter: [(PeerID, WireFrames)] = []
    private(set) var atDealer: [WireFrames] = []
    private(set) var events: [ConnectionEvent] = []
    private(set) var disconnections: [PeerID] = []
    private(set) var faults: [PeerFault] = []
    private(set) var refusals: [AccessRefusal] = []
    private(set) var revocations: [PeerID] = []
    private(set) var endings: [(peer: PeerID, reason: EndingReason)] = []
    /// Whether the dealer's messages are taken.
    var dealerReads = true

    init(_ settings: TransportSettings = TransportSettings(), connects: Bool = true) throws {
        router = try RouterSocket(settings: settings)
        endpoint = try router.bind("tcp://127.0.0.1:*")
        wakeup = try Wakeup()
        poller = SocketPoller(wakeup: wakeup)
        if connects { try connect(settings) }
    }

    func connect(_ settings: TransportSettings = TransportSettings()) throws {
        let dealer = try DealerSocket(settings: settings)
        try dealer.connect(endpoint)
        self.dealer = dealer
    }

    /// Moves messages until `condition` holds; gives up after 20 s.
    func pump(
        until condition: (SocketPair) -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !condition(self) {
            guard ContinuousClock.now < deadline else {
                Issue.record("nothing came for 20 s", sourceLocation: sourceLocation)
                return
            }
            var sockets: [any PolledSocket] = [router]
            if let dealer, dealerReads { sockets.append(dealer) }
            _ = try poller.wait(for: sockets, timeout: .milliseconds(50))
            while let message = try router.receive() { atRouter.append(message) }
            while let peer = router.nextDisconnection() { disconnections.append(peer) }
            while let fault = router.nextFault() { faults.append(fault) }
            while let refusal = router.nextRefusal() { refusals.append(refusal) }
            while let peer = router.nextRevocation() { revocations.append(peer) }
            while let ending = router.nextEnding() { endings.append(ending) }
            guard let dealer, dealerReads else { continue }
            while let result = try dealer.receive() { atDealer.append(try result.get()) }
            while let event = try dealer.nextEvent() { events.append(event) }
        }
    }

    /// Lets the dealer introduce itself, and gives its name.
    func introduce() throws -> PeerID {
        let count = atRouter.count
        #expect(try dealer?.send(WireFrames(header: [1])) == .sent)
        try pump(until: { $0.atRouter.count > count })
        return try #require(atRouter.last).0
    }
}

/// A message with tensors of the given lengths, and contents that show misplaced bytes.
func patterned(header: [UInt8] = [7, 8, 9], _ lengths: [Int]) -> WireFrames {
    WireFrames(
        header: header,
        tensors: lengths.enumerated().map { index, length in
            FrameBytes((0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9 &+ index) })
        })
}

func expectSame(
    _ left: WireFrames, _ right: WireFrames, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(left.header == right.header, sourceLocation: sourceLocation)
    #expect(left.tensors.map(\.count) == right.tensors.map(\.count), sourceLocation: sourceLocation)
    #expect(
        zip(left.tensors, right.tensors).allSatisfy { $0.array == $1.array }, sourceLocation: sourceLocation)
}
