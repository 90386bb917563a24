import Glibc
import WireMessages

/// Who a connection's other end was found to be.
enum PeerIdentity: Hashable {
    /// Whoever holds the key's other half.
    case key(PublicKey)
    /// A process of the user that this one runs as, on this machine, by the kernel's word.
    case sameUser

    /// What libzmq puts on each message as "User-Id" once the peer is admitted.
    var userID: String {
        switch self {
        case .key(let key): key.z85
        case .sameUser: "same-user"
        }
    }

    init?(userID: String) {
        if userID == Self.sameUser.userID {
            self = .sameUser
        } else if let key = PublicKey(z85: userID) {
            self = .key(key)
        } else {
            return nil
        }
    }
}

/// A question of libzmq's: may this peer connect?
struct ZAPRequest {
    /// Version, request, domain, address, routing id, mechanism, and at most two credentials.
    static let frameLimit = 8
    private static let withoutCredentials = 6
    private static let version = Array("1.0".utf8)

    let id: [UInt8]
    let domain: String
    let address: String
    /// Whose key it shows, or that it is this user's; `nil` for every other mechanism, place and user.
    let identity: PeerIdentity?

    init?(_ frames: [FrameBytes]) {
        guard (Self.withoutCredentials...Self.frameLimit).contains(frames.count),
            frames[0].array == Self.version
        else { return nil }
        id = frames[1].array
        domain = String(decoding: frames[2].array, as: UTF8.self)
        address = String(decoding: frames[3].array, as: UTF8.self)
        switch (String(decoding: frames[5].array, as: UTF8.self), frames.count) {
        case ("CURVE", Self.withoutCredentials + 1):
            identity = PublicKey(bytes: frames[6].array).map { .key($0) }
        case ("NULL", Self.withoutCredentials):
            identity = Self.user(ofAddress: address) == geteuid() ? .sameUser : nil
        default: identity = nil
        }
    }

    /// The user at the other end of a Unix socket, whom the kernel names to libzmq: "localhost:UID:GID:PID".
    /// An address of TCP is numbers and has no such beginning.
    private static func user(ofAddress address: String) -> uid_t? {
        let parts = address.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "localhost" else { return nil }
        return uid_t(parts[1])
    }

    /// The answer's frames. Whoever is admitted is known by their identity's text from then on.
    static func reply(id: [UInt8], admitted peer: PeerIdentity?) -> [[UInt8]] {
        [
            version, id, Array((peer == nil ? "400" : "200").utf8),
            Array((peer == nil ? "not admitted" : "OK").utf8), Array((peer?.userID ?? "").utf8), [],
        ]
    }
}
