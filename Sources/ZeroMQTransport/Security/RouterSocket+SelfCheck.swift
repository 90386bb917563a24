import CZeroMQ
import Glibc

extension RouterSocket {
    /// How long the coordinator may take to refuse itself.
    private static let checkTimeout = Duration.seconds(2)

    /// Verifies, before any worker is invited, that connections with an unknown key or without a key are
    /// refused: libzmq silently admits everybody if its authentication isn't set up completely.
    ///
    /// Must be called after binding.
    /// - Throws: `unprotected` if a connection was admitted or wasn't refused in time, `uncheckable` if the
    ///   address can't be reached.
    package func checkRefusal() throws(TransportError) {
        try checkRefusal(of: try KeyPair.generate())
    }

    /// The same, with a given key that should not be admitted.
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
        // Either end may find the mismatch first, but this end always reports it.
        let deadline = ContinuousClock.now + Self.checkTimeout
        while try !discardRefusals(of: stranger.publicKey), ContinuousClock.now < deadline { usleep(1_000) }
    }

    /// Connects to this socket, and throws unless it is refused as expected.
    private func knock(
        with security: SecuritySettings, _ stranger: String, isRefusal: (HandshakeFailure) -> Bool
    ) throws(TransportError) {
        var settings = TransportSettings()
        settings.linger = .zero
        settings.security = security
        // If one of these is bound, every address of the machine is.
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
