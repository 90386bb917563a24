import WireMessages

/// What messages cost on this machine, between two threads or processes: one calls `serve`, the other
/// `measure`.
package enum TransportBenchmark {
    /// What was measured.
    package struct Figures: Sendable, CustomStringConvertible {
        /// There and back, a message of `messageBytes` in two tensors each way.
        package var medianRoundTrip: Duration
        package var slowestPercentRoundTrip: Duration
        package var messageBytes: Int
        /// Weights of 26 MB, from the server to the client, billions of bytes a second.
        package var gigabytesPerSecond: Double

        package var description: String {
            "round trip of \(messageBytes) bytes: median \(medianRoundTrip), 99th percentile "
                + "\(slowestPercentRoundTrip); 26 MB messages: \(gigabytesPerSecond) GB/s"
        }
    }

    private static let echo: [UInt8] = [1]
    private static let weights: [UInt8] = [2]
    private static let end: [UInt8] = [3]
    /// The head's weights at 256 hidden units and two classes.
    private static let weightLengths = [25_088 * 256 * 4, (256 + 512 + 2) * 4]

    /// Answers one client until it has measured; `bound` is told the endpoint.
    package static func serve(on endpoint: String, bound: (String) -> Void) throws(TransportError) {
        let router = try RouterSocket()
        bound(try router.bind(endpoint))
        let poller = SocketPoller(wakeup: try Wakeup())
        let answer = WireFrames(
            header: weights, tensors: weightLengths.map { FrameBytes([UInt8](repeating: 1, count: $0)) })
        while true {
            _ = try poller.wait(for: [router], timeout: .seconds(1))
            while let (peer, message) = try router.receive() {
                if message.header == end { return }
                _ = try router.send(message.header == weights ? answer : message, to: peer)
            }
        }
    }

    /// Measures against a server elsewhere.
    package static func measure(
        _ endpoint: String, messageBytes: Int = 20_000, roundTrips: Int = 5000, weightMessages: Int = 50
    ) throws(TransportError) -> Figures {
        let dealer = try DealerSocket()
        try dealer.connect(endpoint)
        let poller = SocketPoller(wakeup: try Wakeup())
        let message = WireFrames(
            header: echo,
            tensors: [messageBytes - 3000, 3000].map { FrameBytes([UInt8](repeating: 7, count: $0)) })
        var times: [Duration] = []
        for _ in 0..<roundTrips {
            let start = ContinuousClock.now
            _ = try dealer.send(message)
            _ = try next(dealer, poller)
            times.append(ContinuousClock.now - start)
        }
        times.sort()
        // Two on their way at a time, so that the server never waits for the client's answer.
        _ = try dealer.send(WireFrames(header: weights))
        let start = ContinuousClock.now
        var bytes = 0
        for _ in 0..<weightMessages {
            _ = try dealer.send(WireFrames(header: weights))
            bytes += try next(dealer, poller).byteCount
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        _ = try next(dealer, poller)
        _ = try dealer.send(WireFrames(header: end))
        return Figures(
            medianRoundTrip: times[times.count / 2], slowestPercentRoundTrip: times[times.count * 99 / 100],
            messageBytes: messageBytes, gigabytesPerSecond: Double(bytes) / seconds / 1e9)
    }

    private static func next(_ dealer: DealerSocket, _ poller: SocketPoller) throws(TransportError)
        -> WireFrames
    {
        while true {
            if case .success(let message)? = try dealer.receive() { return message }
            _ = try poller.wait(for: [dealer], timeout: .seconds(1))
        }
    }
}
