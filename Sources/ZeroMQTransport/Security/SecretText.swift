import ContentAddressing
import Foundation

package enum SecretTextError: Error, Equatable, CustomStringConvertible {
    case notOne(kind: String)
    case otherVersion(kind: String, UInt8)
    case damaged(kind: String)

    package var description: String {
        switch self {
        case .notOne(let kind): "it isn't a \(kind), which begins with \"headstart-\(kind):\"; copy it again"
        case .otherVersion(let kind, let version):
            "it is a \(kind) of version \(version), this program knows 1; install the version that made it"
        case .damaged(let kind):
            "the \(kind) is cut short or has a wrong character; copy it again, to its end"
        }
    }
}

/// Secrets as one line of text: `headstart-KIND:` and, in base64url without padding, a version byte, the keys
/// and four bytes of their SHA-256, so that a typing error isn't mistaken for a wrong key.
enum SecretText {
    private static let version: UInt8 = 1
    private static let checkBytes = 4

    static func encode(_ kind: String, _ keys: [UInt8]) -> String {
        let content = [version] + keys
        let all = Data(content + ContentDigest(hashing: content).bytes.prefix(checkBytes))
        let text = all.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        return "headstart-\(kind):" + text.prefix { $0 != "=" }
    }

    static func decode(_ kind: String, _ text: String, keyBytes: Int) throws(SecretTextError) -> [UInt8] {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let prefix = "headstart-\(kind):"
        guard text.hasPrefix(prefix) else { throw .notOne(kind: kind) }
        var base64 = text.dropFirst(prefix.count).replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let all = Data(base64Encoded: String(base64)).map(Array.init), let found = all.first else {
            throw .damaged(kind: kind)
        }
        guard found == version else { throw .otherVersion(kind: kind, found) }
        let content = all.dropLast(checkBytes)
        guard all.count == 1 + keyBytes + checkBytes,
            ContentDigest(hashing: content).bytes.prefix(checkBytes) == all.suffix(checkBytes)
        else { throw .damaged(kind: kind) }
        return Array(content.dropFirst())
    }
}

extension KeyPair {
    /// The content of a server's key file: one line.
    package var serverText: String { SecretText.encode("server-key", secretKey.bytes) }

    /// Parses `serverText`.
    package static func reading(serverText text: String) throws -> KeyPair {
        let bytes = try SecretText.decode("server-key", text, keyBytes: PublicKey.byteCount)
        guard let secret = SecretKey(bytes: bytes) else {
            throw SecretTextError.damaged(kind: "server-key")
        }
        return try KeyPair(secret)
    }
}

/// What a worker needs to join: the server's public key, to recognise it, and its own key pair.
package struct JoinToken: Equatable, Sendable, CustomStringConvertible {
    package let server: PublicKey
    package let client: KeyPair

    package init(server: PublicKey, client: KeyPair) {
        self.server = server
        self.client = client
    }

    /// Parses `headstart-token:…`; surrounding white space is ignored.
    package init(parsing text: String) throws {
        let bytes = try SecretText.decode("token", text, keyBytes: 2 * PublicKey.byteCount)
        guard let server = PublicKey(bytes: bytes.prefix(PublicKey.byteCount)),
            let secret = SecretKey(bytes: bytes.suffix(PublicKey.byteCount))
        else { throw SecretTextError.damaged(kind: "token") }
        self.init(server: server, client: try KeyPair(secret))
    }

    /// The whole token, which is secret.
    package var text: String { SecretText.encode("token", server.bytes + client.secretKey.bytes) }

    package var description: String { "the token of \(client.publicKey)" }
}
