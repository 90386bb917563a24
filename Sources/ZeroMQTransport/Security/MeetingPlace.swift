import Files
import Glibc

/// A Unix socket where the processes of one user on one machine connect without a key. Its folder is
/// accessible to this user only, whatever the umask.
///
/// The kernel lets nobody else connect, or listen in the coordinator's place, and reports each connection's
/// user to the authenticator. So no secret is sent, and nothing must be typed or encrypted.
package struct MeetingPlace: Equatable, Sendable {
    static let scheme = "ipc://"

    package let path: String

    /// For the coordinator at `port` on this machine's loopback. Ports belong to a network namespace, several
    /// of which may share the folder.
    package init(port: UInt16) {
        var status = stat()
        let network = stat("/proc/self/ns/net", &status) == 0 ? status.st_ino : 0
        path = "\(Self.folder)/\(network)-\(port)"
    }

    /// For a run that has no port.
    package init(name: String) { path = "\(Self.folder)/\(name)" }

    init(endpoint: String) { path = String(endpoint.dropFirst(Self.scheme.count)) }

    /// Whether an endpoint is a meeting place, as given to the coordinator's own workers.
    package static func isOne(_ endpoint: String) -> Bool { endpoint.hasPrefix(scheme) }

    /// The endpoint that processes of this user dial.
    package var endpoint: String { Self.scheme + path }

    /// The same for all processes of the user, whatever their environment, and short, since a socket's path
    /// must be.
    private static var folder: String { "/tmp/headstart-\(geteuid())" }

    /// Creates the folder if it doesn't exist, and makes sure that only this user can access it. That matters
    /// to the connecting process as much as to the listening one.
    func prepareFolder() throws(TransportError) {
        let folder = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        let parent = folder.prefix(upTo: folder.lastIndex(of: "/") ?? folder.startIndex)
        do throws(FileSystemError) { try Folder.createPrivate(String(folder)) } catch {
            throw .noMeetingPlace(path: path, reason: error.reason)
        }
        var (own, above) = (stat(), stat())
        guard lstat(String(folder), &own) == 0, lstat(String(parent), &above) == 0 else {
            throw .noMeetingPlace(path: path, reason: String(cString: strerror(errno)))
        }
        guard own.st_mode & S_IFMT == S_IFDIR, own.st_uid == geteuid(), own.st_mode & 0o077 == 0 else {
            throw .noMeetingPlace(path: path, reason: "the folder is not this user's alone")
        }
        guard above.st_mode & 0o022 == 0 || above.st_mode & S_ISVTX != 0 else {
            throw .noMeetingPlace(path: path, reason: "others may rename what lies in \(parent)")
        }
    }

    /// As `prepareFolder`, but throws if another coordinator of this user listens there: libzmq would take
    /// over its place.
    func prepare() throws(TransportError) {
        try prepareFolder()
        guard !isTaken else { throw .addressInUse(endpoint: endpoint) }
    }

    private var isTaken: Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let handle = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard handle >= 0 else { return false }
        defer { close(handle) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(handle, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    func remove() { unlink(path) }
}
