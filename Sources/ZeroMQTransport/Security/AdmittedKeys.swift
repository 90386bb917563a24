import CZeroMQ
import Synchronization

/// A failed attempt to connect to the coordinator, with a description for people.
package enum AccessRefusal: Hashable, Sendable, CustomStringConvertible {
    /// The handshake was valid, but the key is unknown.
    case keyNotAdmitted(fingerprint: String, address: String)
    /// It shows no key, and isn't a process of this user on this machine.
    case noKey(address: String)
    /// One end encrypts and the other doesn't.
    case otherMechanism
    /// It has another server's key.
    case otherServerKey
    /// It hung up, or sent nothing within the time for a handshake.
    case silent
    /// It doesn't speak ZMTP as expected; libzmq's code.
    case notOurProtocol(code: Int32)
    /// It was admitted, and ended by this end later.
    case ended(address: String, reason: EndingReason)

    package var description: String {
        switch self {
        case .keyNotAdmitted(let fingerprint, let address):
            "refused \(address): its key \(fingerprint) is not admitted; "
                + "give it this run's token, or add its key to authorized_keys"
        case .noKey(let address):
            "refused \(address): it shows no key and is not of this user; give it this run's token"
        case .otherMechanism:
            "refused a connection: one end encrypts and the other does not; "
                + "give the worker this run's token, or none where this address is plain"
        case .otherServerKey:
            "refused a connection: it takes this coordinator for another or was altered on its way; "
                + "give the worker this run's token"
        case .silent:
            // A worker that finds the mismatch first hangs up, and its part of the greeting may not arrive
            // here.
            "a connection ended before it introduced itself: a port scan, a health check, or a worker where "
                + "one end encrypts and the other does not; give it this run's token, or none where this "
                + "address is plain"
        case .notOurProtocol(let code):
            "refused a connection that does not speak ZMTP (code 0x\(String(code, radix: 16)))"
        case .ended(let address, let reason): "ended a connection from \(address): \(reason)"
        }
    }
}

extension AccessRefusal {
    /// The meaning of libzmq's code for a failed handshake at the listening end.
    init(protocolError code: Int32) {
        switch code {
        case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: self = .otherMechanism
        case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: self = .otherServerKey
        default: self = .notOurProtocol(code: code)
        }
    }
}

/// The keys that may join; shared by the sockets' thread, the authenticator's, and any thread that changes
/// them.
package final class AdmittedKeys: Sendable {
    private struct State {
        var keys: Set<PublicKey>
        var refusals: [AccessRefusal] = []
        var refusalCount = 0
    }

    /// Refusals kept until they are read; further ones are only counted.
    private static let maximumRefusals = 64

    private let state: Mutex<State>

    package init(_ keys: Set<PublicKey>) { state = Mutex(State(keys: keys)) }

    /// Admits only these keys from now on. `RouterSocket.expelRevoked` ends the sessions of others.
    package func replace(with keys: Set<PublicKey>) { state.withLock { $0.keys = keys } }

    package func admits(_ key: PublicKey) -> Bool { state.withLock { $0.keys.contains(key) } }

    func admits(_ peer: PeerIdentity) -> Bool {
        switch peer {
        case .key(let key): admits(key)
        case .sameUser: true
        }
    }

    package var refusalCount: Int { state.withLock { $0.refusalCount } }

    /// Decides on a handshake, and records refusals.
    func decide(_ peer: PeerIdentity?, address: String) -> Bool {
        state.withLock { state in
            let refusal: AccessRefusal
            switch peer {
            case .sameUser: return true
            case .key(let key):
                if state.keys.contains(key) { return true }
                refusal = .keyNotAdmitted(fingerprint: key.fingerprint, address: address)
            case nil: refusal = .noKey(address: address)
            }
            state.refusalCount += 1
            if state.refusals.count < Self.maximumRefusals { state.refusals.append(refusal) }
            return false
        }
    }

    func nextRefusal() -> AccessRefusal? {
        state.withLock { $0.refusals.isEmpty ? nil : $0.refusals.removeFirst() }
    }
}

/// How a socket protects its connections.
package enum SecuritySettings: Sendable {
    /// No protection: for `--insecure`, and for a meeting place, which the kernel guards.
    case plain
    /// For a coordinator: its own key, and the keys that it admits.
    case server(KeyPair, admitted: AdmittedKeys)
    /// For a worker: its own key, and the coordinator's public key.
    case client(KeyPair, server: PublicKey)

    /// For a worker, from its token.
    package init(_ token: JoinToken) { self = .client(token.client, server: token.server) }

    /// The keys that a coordinator admits; `nil` for other sockets.
    var admitted: AdmittedKeys? {
        if case .server(_, let admitted) = self { return admitted }
        return nil
    }
}
