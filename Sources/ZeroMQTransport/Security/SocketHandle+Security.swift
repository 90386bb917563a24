import CZeroMQ

extension SocketHandle {
    /// ZMQ_ZAP_ENFORCE_DOMAIN, which Debian's header hides among the drafts. Without it, any key is admitted
    /// if nobody answers for the domain.
    private static let enforceDomain: Int32 = 93

    /// Enables encryption for a coordinator's socket; must be called before it binds.
    func encrypt(as server: KeyPair, domain: String) throws(TransportError) {
        try set(ZMQ_CURVE_SERVER, 1)
        try set(ZMQ_CURVE_SECRETKEY, bytes: server.secretKey.bytes)
        try set(ZMQ_ZAP_DOMAIN, bytes: Array(domain.utf8))
        try set(Self.enforceDomain, 1)
    }

    /// Binds further addresses without encryption; each connection is authenticated all the same.
    func guardWithoutKeys(domain: String) throws(TransportError) {
        try set(ZMQ_CURVE_SERVER, 0)
        try set(ZMQ_ZAP_DOMAIN, bytes: Array(domain.utf8))
        try set(Self.enforceDomain, 1)
    }

    /// Enables encryption for a worker's socket; must be called before it connects.
    func encrypt(as client: KeyPair, server: PublicKey) throws(TransportError) {
        try set(ZMQ_CURVE_SERVERKEY, bytes: server.bytes)
        try set(ZMQ_CURVE_PUBLICKEY, bytes: client.publicKey.bytes)
        try set(ZMQ_CURVE_SECRETKEY, bytes: client.secretKey.bytes)
    }
}
