import CZeroMQ
import ContentAddressing

/// The public half of a CURVE key, which identifies the holder of the secret half.
package struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    package static let byteCount = 32

    let bytes: [UInt8]

    /// `nil` unless `bytes` has 32 elements.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// Parses the 40 characters of Z85; `nil` for anything else.
    package init?(z85 text: some StringProtocol) {
        guard let bytes = Z85.decode(text) else { return nil }
        self.bytes = bytes
    }

    /// 40 printable characters, as ZeroMQ's own tools write keys.
    package var z85: String { Z85.encode(bytes) }

    /// The form for logs: the first 16 digits of the key's SHA-256.
    package var fingerprint: String { String(ContentDigest(hashing: bytes).hex.prefix(16)) }

    package var description: String { "key \(fingerprint)" }
}

/// The secret half of a CURVE key. Its bytes never appear in a description or a dump.
package struct SecretKey: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    let bytes: [UInt8]

    /// `nil` unless `bytes` has 32 elements.
    init?(bytes: some Collection<UInt8>) {
        guard bytes.count == PublicKey.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    package var description: String { "a secret key" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

package struct KeyPair: Equatable, Sendable {
    package let publicKey: PublicKey
    package let secretKey: SecretKey

    /// Creates a new pair from the system's random numbers.
    package static func generate() throws(TransportError) -> KeyPair {
        var publicText = [CChar](repeating: 0, count: Z85.characters + 1)
        var secretText = publicText
        try check("making a key") { zmq_curve_keypair(&publicText, &secretText) }
        guard let publicKey = PublicKey(z85: Z85.text(publicText)),
            let secret = Z85.decode(Z85.text(secretText)), let secretKey = SecretKey(bytes: secret)
        else { throw .failed(operation: "making a key", code: 0) }
        return KeyPair(publicKey: publicKey, secretKey: secretKey)
    }

    /// The pair that a secret half belongs to.
    init(_ secretKey: SecretKey) throws(TransportError) {
        var publicText = [CChar](repeating: 0, count: Z85.characters + 1)
        try check("reading a key") { zmq_curve_public(&publicText, Z85.encode(secretKey.bytes)) }
        guard let publicKey = PublicKey(z85: Z85.text(publicText)) else {
            throw .failed(operation: "reading a key", code: 0)
        }
        self.init(publicKey: publicKey, secretKey: secretKey)
    }

    private init(publicKey: PublicKey, secretKey: SecretKey) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }
}

/// ZeroMQ's text form of keys.
private enum Z85 {
    static let characters = 40

    static func encode(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: characters + 1)
        guard zmq_z85_encode(&text, bytes, bytes.count) != nil else {
            preconditionFailure("a key has \(PublicKey.byteCount) bytes")
        }
        return Self.text(text)
    }

    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.count == characters, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: PublicKey.byteCount)
        return zmq_z85_decode(&bytes, String(text)) == nil ? nil : bytes
    }

    static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
