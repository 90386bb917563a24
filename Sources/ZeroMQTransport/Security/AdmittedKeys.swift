import CZeroMQ
import Synchronization

/// An attempt to reach the coordinator that came to nothing, in words for people.
package enum AccessRefusal: Hashable, Sendable, CustomStringConvertible {
    /// The handshake was in order, the key is nobody's whom we know.
    case keyNotAdmitted(fingerprint: String, address: String)
    /// It shows no key, and is no process of this user on this machine.
    case noKey(address: String)
    /// One end encrypts and the other doesn't.
    case otherMechanism
    /// It holds another server's key.
    case otherServerKey
    /// It broke off, or said nothing within the time for a handshake.
    case silent
    /// What came isn't ZMTP as we speak it; libzmq's code.
    case notOurProtocol(code: Int32)
    /// It was let in, and ended by this end later.
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
            // A worker that finds the mismatch first hangs up, and its part of the greeting may not get here.
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
    /// What libzmq's code for a failed handshake means at the listening end.
    init(protocolError code: Int32) {
        switch code {
        case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: self = .otherMechanism
        case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: self = .otherServerKey
        default: self = .notOurProtocol(code: code)
        }
    }
}

/// Who may join, shared by the sockets' thread, the authenticator's and whoever changes it.
package final class AdmittedKeys: Sendable {
    private struct State {
        var keys: Set<PublicKey>
        var refusals: [AccessRefusal] = []
        var refusalCount = 0
    }

    /// Refusals kept until they are asked for; a flood is counted only.
    private static let maximumRefusals = 64

    private let state: Mutex<State>

    package init(_ keys: Set<PublicKey>) { state = Mutex(State(keys: keys)) }

    /// Admits these and nobody else from now on. Sessions of others end by `RouterSocket.expelRevoked`.
    package func replace(with keys: Set<PublicKey>) { state.withLock { $0.keys = keys } }

    /// Whether the key is admitted at this moment.
    package func admits(_ key: PublicKey) -> Bool { state.withLock { $0.keys.contains(key) } }

    /// Whether who was let in may stay.
    func admits(_ peer: PeerIdentity) -> Bool {
        switch peer {
        case .key(let key): admits(key)
        case .sameUser: true
        }
    }

    /// How many handshakes ended with a key that was not admitted.
    package var refusalCount: Int { state.withLock { $0.refusalCount } }

    /// Decides on a handshake, and keeps count of those that are refused.
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

    /// A refusal since the last call, if any.
    func nextRefusal() -> AccessRefusal? {
        state.withLock { $0.refusals.isEmpty ? nil : $0.refusals.removeFirst() }
    }
}

/// How a socket protects its connections.
package enum SecuritySettings: Sendable {
    /// Not at all: for `--insecure`, and for a meeting place, which the kernel guards.
    case plain
    /// A coordinator's: its own key, and whom it admits.
    case server(KeyPair, admitted: AdmittedKeys)
    /// A worker's: the key it knows the coordinator by, and its own.
    case client(KeyPair, server: PublicKey)

    /// A worker's, from its token.
    package init(_ token: JoinToken) { self = .client(token.client, server: token.server) }

    /// A coordinator's keys, where it has any.
    var admitted: AdmittedKeys? {
        if case .server(_, let admitted) = self { return admitted }
        return nil
    }
}
