import CZeroMQ

extension SocketHandle {
    /// ZMQ_ZAP_ENFORCE_DOMAIN, whose name Debian's header hides among the drafts: without it, a key is
    /// admitted unasked where nobody answers for the domain.
    private static let enforceDomain: Int32 = 93

    /// Turns encryption on for a coordinator's socket, before it binds.
    func encrypt(as server: KeyPair, domain: String) throws(TransportError) {
        try set(ZMQ_CURVE_SERVER, 1)
        try set(ZMQ_CURVE_SECRETKEY, bytes: server.secretKey.bytes)
        try set(ZMQ_ZAP_DOMAIN, bytes: Array(domain.utf8))
        try set(Self.enforceDomain, 1)
    }

    /// Lets addresses that are bound from now on do without encryption; each connection is asked about all
    /// the same.
    func guardWithoutKeys(domain: String) throws(TransportError) {
        try set(ZMQ_CURVE_SERVER, 0)
        try set(ZMQ_ZAP_DOMAIN, bytes: Array(domain.utf8))
        try set(Self.enforceDomain, 1)
    }

    /// Turns encryption on for a worker's socket, before it connects.
    func encrypt(as client: KeyPair, server: PublicKey) throws(TransportError) {
        try set(ZMQ_CURVE_SERVERKEY, bytes: server.bytes)
        try set(ZMQ_CURVE_PUBLICKEY, bytes: client.publicKey.bytes)
        try set(ZMQ_CURVE_SECRETKEY, bytes: client.secretKey.bytes)
    }
}
