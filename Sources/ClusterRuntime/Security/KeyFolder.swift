import Files
import Foundation
import ZeroMQTransport

package enum KeyFileError: Error, Equatable, CustomStringConvertible {
    case noFolder(path: String)
    case unreadable(path: String, reason: String)
    case otherServer(path: String)
    case notAKey(path: String, line: Int)
    case exists(path: String)
    case badName(String)
    case neverCame(path: String, seconds: Int)

    package var description: String {
        switch self {
        case .noFolder(let path):
            "there is no folder \(path); make it and its keys with: headstart keygen \(path)"
        case .unreadable(let path, let reason): "\(path) can't be read: \(reason)"
        case .otherServer(let path):
            "\(path) is the token of another server key; remove it, and a new one is made"
        case .notAKey(let path, let line):
            "\(path), line \(line): it doesn't begin with a public key of 40 characters; mend or remove it"
        case .exists(let path): "\(path) is there already; choose another name, or remove it"
        case .neverCame(let path, let seconds):
            "no coordinator has put its token into \(path) within \(seconds) s; let all tasks share that folder, "
                + "or name the token with HEADSTART_TOKEN_FILE"
        case .badName(let name):
            "\"\(name)\" can't be a worker's name; take letters, digits, \"-\", \"_\" and \".\""
        }
    }
}

/// The files that determine who may join, in the run's folder or in one made by `headstart keygen`.
///
/// `server.key` and `token` are secret and readable only by their owner; `authorized_keys` lists further
/// public keys, one per line. The token admits anyone who has it, as long as its file exists.
package struct KeyFolder: Sendable {
    package static let serverKeyName = "server.key"
    package static let tokenName = "token"
    package static let authorizedKeysName = "authorized_keys"

    /// Every file that may be in it, besides the tokens of single workers.
    static let names = [serverKeyName, tokenName, authorizedKeysName]

    package let path: String
    package let server: KeyPair
    /// The token that admits anyone who has it.
    let token: JoinToken?
    private let isOnDisk: (server: Bool, token: Bool)

    /// Reads the existing keys and generates the rest, which stays in memory until `save`.
    package init(path: String) throws {
        self.path = path
        let serverText = try Self.text(of: path + "/" + Self.serverKeyName)
        server =
            try serverText.map { text in
                try Self.reading(path + "/" + Self.serverKeyName) { try KeyPair.reading(serverText: text) }
            } ?? KeyPair.generate()
        let found = try Self.token(in: path, server: server)
        token = try found ?? JoinToken(server: server.publicKey, client: KeyPair.generate())
        isOnDisk = (serverText != nil, found != nil)
    }

    package var tokenPath: String { path + "/" + Self.tokenName }

    /// Writes the generated keys, readable only by their owner.
    package func save() throws {
        if !isOnDisk.server { try Self.write(path + "/" + Self.serverKeyName, server.serverText) }
        if !isOnDisk.token, let token { try Self.write(tokenPath, token.text) }
    }

    /// Removes what `save` has written.
    func discard() {
        if !isOnDisk.server { unlink(path + "/" + Self.serverKeyName) }
        if !isOnDisk.token { unlink(tokenPath) }
    }

    /// The keys that the files admit now.
    package func admittedKeys() throws -> Set<PublicKey> {
        var keys = try authorizedKeys()
        if let token = try Self.token(in: path, server: server) { keys.insert(token.client.publicKey) }
        return keys
    }

    /// The keys that are admitted before the files are written.
    func keysAtStart() throws -> Set<PublicKey> {
        try authorizedKeys().union(token.map { [$0.client.publicKey] } ?? [])
    }

    /// Changes whenever one of the files does.
    func stamp() -> [String] {
        [Self.tokenName, Self.authorizedKeysName].map { name in
            var status = stat()
            guard stat(path + "/" + name, &status) == 0 else { return "absent" }
            let time = status.st_mtim
            return "\(status.st_ino) \(status.st_size) \(time.tv_sec) \(time.tv_nsec)"
        }
    }

    /// Creates a key for one worker: its token goes into a file of its own, its public key into
    /// `authorized_keys`.
    ///
    /// - Returns: the token's path.
    package func addWorker(_ name: String) throws -> String {
        guard name.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}/) != nil else {
            throw KeyFileError.badName(name)
        }
        let file = path + "/" + name + ".token"
        guard try Self.text(of: file) == nil else { throw KeyFileError.exists(path: file) }
        let keys = try KeyPair.generate()
        let list = path + "/" + Self.authorizedKeysName
        var text = try Self.text(of: list) ?? "# Public keys of workers that may join, one a line.\n"
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        try Self.write(file, JoinToken(server: server.publicKey, client: keys).text)
        try Self.write(list, text + "\(keys.publicKey.z85) \(name), made by headstart keygen")
        return file
    }

    private func authorizedKeys() throws -> Set<PublicKey> {
        let file = path + "/" + Self.authorizedKeysName
        let lines = try Self.text(of: file)?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
        var keys: Set<PublicKey> = []
        for (index, line) in lines.enumerated() {
            // A key may begin with "#" too; a comment has a space after it.
            guard let word = line.split(whereSeparator: \.isWhitespace).first, word != "#" else { continue }
            guard let key = PublicKey(z85: word) else {
                throw KeyFileError.notAKey(path: file, line: index + 1)
            }
            keys.insert(key)
        }
        return keys
    }

    private static func token(in folder: String, server: KeyPair) throws -> JoinToken? {
        let path = folder + "/" + tokenName
        guard let text = try text(of: path) else { return nil }
        let token = try reading(path) { try JoinToken(parsing: text) }
        guard token.server == server.publicKey else { throw KeyFileError.otherServer(path: path) }
        return token
    }

    private static func write(_ path: String, _ text: String) throws {
        try DurableFile.write(path, bytes: Array((text + "\n").utf8))
    }
}

extension KeyFolder {
    /// The most bytes that are read of a key file: room for 10,000 keys.
    private static let maximumBytes = 1 << 20

    /// A file's text; `nil` if it doesn't exist.
    static func text(of path: String) throws -> String? {
        do throws(FileSystemError) {
            let file = try OwnedFile(path, .reading)
            var bytes = [UInt8](repeating: 0, count: maximumBytes)
            let count = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileSystemError) in
                try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            }
            return String(decoding: bytes.prefix(count), as: UTF8.self)
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }

    /// Adds the file's path to errors in its text.
    static func reading<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as SecretTextError {
            throw KeyFileError.unreadable(path: path, reason: "\(error)")
        }
    }
}
