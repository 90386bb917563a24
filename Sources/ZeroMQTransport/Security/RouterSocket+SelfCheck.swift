import CZeroMQ

extension RouterSocket {
    /// Time for the coordinator to refuse itself.
    private static let checkTimeout = Duration.seconds(2)

    /// Proves, before anybody is invited, that a key which isn't admitted is refused: libzmq lets everybody
    /// in where its authentication isn't set up to the last detail, and says nothing.
    ///
    /// Call it once it is bound.
    /// - Throws: `unprotected` if the key was let in or wasn't refused in time.
    package func checkRefusal() throws(TransportError) {
        try checkRefusal(of: try KeyPair.generate())
    }

    /// As above, with a key that is taken for one which isn't admitted.
    func checkRefusal(of stranger: KeyPair) throws(TransportError) {
        guard case .server(let server, let admitted) = security else { return }
        var settings = TransportSettings()
        settings.linger = .zero
        settings.security = .client(stranger, server: server.publicKey)
        // Where one of these is bound, every address of the machine is.
        let endpoint = try ["//[::ffff:0.0.0.0]:", "//[::]:", "//0.0.0.0:"].reduce(boundEndpoint()) {
            $0.replacing($1, with: "//127.0.0.1:")
        }
        let socket = try DealerSocket(settings: settings)
        try socket.connect(endpoint)
        let poller = SocketPoller(wakeup: try Wakeup())
        let deadline = ContinuousClock.now + Self.checkTimeout
        var last = "nothing happened"
        while ContinuousClock.now < deadline {
            _ = try poller.wait(for: [socket], timeout: deadline - ContinuousClock.now)
            while let event = try socket.nextEvent() {
                if case .handshakeFailed(_, .refused) = event, admitted.refusalCount > 0 {
                    try discardRefusal(of: stranger.publicKey)
                    return
                }
                last = event.description
                if case .connected = event {
                    throw .unprotected(
                        endpoint: endpoint, reason: "a key that nobody has admitted was let in")
                }
            }
        }
        throw .unprotected(
            endpoint: endpoint, reason: "a key that nobody has admitted was not refused (\(last))")
    }
}
