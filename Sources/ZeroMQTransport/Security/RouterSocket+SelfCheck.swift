import CZeroMQ
import Glibc

extension RouterSocket {
    /// Time for the coordinator to refuse itself.
    private static let checkTimeout = Duration.seconds(2)

    /// Proves, before anybody is invited, that a key which isn't admitted is refused, and no key as well:
    /// libzmq lets everybody in where its authentication isn't set up to the last detail, and says nothing.
    ///
    /// Call it once it is bound.
    /// - Throws: `unprotected` if the key was let in or wasn't refused in time.
    package func checkRefusal() throws(TransportError) {
        try checkRefusal(of: try KeyPair.generate())
    }

    /// As above, with a key that is taken for one which isn't admitted.
    func checkRefusal(of stranger: KeyPair) throws(TransportError) {
        guard case .server(let server, let admitted) = security else { return }
        try knock(with: .client(stranger, server: server.publicKey), "a key that nobody has admitted") {
            if case .refused = $0 { admitted.refusalCount > 0 } else { false }
        }
        try knock(with: .plain, "a worker without a key") {
            if case .protocolViolation(ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH) = $0 {
                true
            } else {
                false
            }
        }
        // Which of the two ends finds the mismatch first is chance; this one's word on it comes for sure.
        let deadline = ContinuousClock.now + Self.checkTimeout
        while try !discardRefusals(of: stranger.publicKey), ContinuousClock.now < deadline { usleep(1_000) }
    }

    /// Connects to this socket, and throws unless it is refused as it should be.
    private func knock(
        with security: SecuritySettings, _ stranger: String, isRefusal: (HandshakeFailure) -> Bool
    ) throws(TransportError) {
        var settings = TransportSettings()
        settings.linger = .zero
        settings.security = security
        // Where one of these is bound, every address of the machine is.
        let endpoint = try ["//[::ffff:0.0.0.0]:", "//[::]:", "//0.0.0.0:"].reduce(boundEndpoint()) {
            $0.replacing($1, with: "//127.0.0.1:")
        }
        let socket = try DealerSocket(settings: settings)
        try socket.connect(endpoint)
        let poller = SocketPoller(wakeup: try Wakeup())
        let deadline = ContinuousClock.now + Self.checkTimeout
        var last: ConnectionEvent?
        while ContinuousClock.now < deadline {
            _ = try poller.wait(for: [socket], timeout: deadline - ContinuousClock.now)
            while let event = try socket.nextEvent() {
                if case .handshakeFailed(_, let failure) = event, isRefusal(failure) { return }
                last = event
                if case .connected = event {
                    throw .unprotected(endpoint: endpoint, reason: "\(stranger) was let in")
                }
            }
        }
        switch last {
        case nil, .unanswered: throw .uncheckable(endpoint: endpoint)
        case let event?:
            throw .unprotected(endpoint: endpoint, reason: "\(stranger) was not refused (\(event))")
        }
    }
}
