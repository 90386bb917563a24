import Glibc
import WireMessages

/// The identity of a connection's other end.
enum PeerIdentity: Hashable {
    /// The holder of the key's secret half.
    case key(PublicKey)
    /// A process of the user that this one runs as, on this machine, according to the kernel.
    case sameUser

    /// The "User-Id" that libzmq adds to each message once the peer is admitted.
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

/// libzmq's request whether a peer may connect.
struct ZAPRequest {
    /// Version, request, domain, address, routing id, mechanism, and at most two credentials.
    static let frameLimit = 8
    private static let withoutCredentials = 6
    private static let version = Array("1.0".utf8)

    let id: [UInt8]
    let domain: String
    let address: String
    /// The key that the peer shows, or that it is the same user; `nil` for every other mechanism, address and
    /// user.
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

    /// The user at the other end of a Unix socket, which the kernel reports to libzmq:
    /// "localhost:UID:GID:PID". A TCP address is numeric and never begins so.
    private static func user(ofAddress address: String) -> uid_t? {
        let parts = address.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "localhost" else { return nil }
        return uid_t(parts[1])
    }

    /// The reply's frames. An admitted peer is identified by its `userID` from then on.
    static func reply(id: [UInt8], admitted peer: PeerIdentity?) -> [[UInt8]] {
        [
            version, id, Array((peer == nil ? "400" : "200").utf8),
            Array((peer == nil ? "not admitted" : "OK").utf8), Array((peer?.userID ?? "").utf8), [],
        ]
    }
}
