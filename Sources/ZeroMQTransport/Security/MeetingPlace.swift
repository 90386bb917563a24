import ContentAddressing
import Glibc

/// Where processes of one user meet on one machine without a key: a Unix socket in a folder that is this
/// user's alone, whatever the umask.
///
/// The kernel lets nobody else in, neither to connect nor to listen in our stead, and names each connection's
/// user to the authenticator besides. So nothing secret passes, and nothing has to be typed or encrypted.
package struct MeetingPlace: Equatable, Sendable {
    static let scheme = "ipc://"

    package let path: String

    /// Of the coordinator that has `port` on this machine's loopback. Ports belong to a network namespace,
    /// of which several may share the folder.
    package init(port: UInt16) {
        var status = stat()
        let network = stat("/proc/self/ns/net", &status) == 0 ? status.st_ino : 0
        path = "\(Self.folder)/\(network)-\(port)"
    }

    /// Of a run that has no port.
    package init(name: String) { path = "\(Self.folder)/\(name)" }

    init(endpoint: String) { path = String(endpoint.dropFirst(Self.scheme.count)) }

    /// Whether an endpoint is such a place, as own workers are given it.
    package static func isOne(_ endpoint: String) -> Bool { endpoint.hasPrefix(scheme) }

    /// What processes of this user dial.
    package var endpoint: String { Self.scheme + path }

    /// Known to all processes of the user, whatever their environment; short, as a socket's path must be.
    private static var folder: String { "/tmp/headstart-\(geteuid())" }

    /// Makes the folder where it isn't there, and makes sure that it is this user's alone: who dials needs to
    /// know that as much as who listens.
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

    /// As `prepareFolder`, and throws where another coordinator of this user listens: libzmq would take the
    /// place from it.
    func prepare() throws(TransportError) {
        try prepareFolder()
        guard !isTaken else { throw .addressInUse(endpoint: endpoint) }
    }

    /// Whether somebody listens here.
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
