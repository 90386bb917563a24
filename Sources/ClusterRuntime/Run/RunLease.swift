import Files
import Foundation
import Glibc
import Synchronization
import TrainingProtocol

/// A lock on a run folder that holds between hosts, where the file system's own may not (NFS): the file
/// `owner.json` names the process that works on the run.
///
/// The file is created whole and by one process only (`link`). Its owner renews its modification time, and
/// before each write makes sure that the name still refers to its own file. A lease that isn't renewed is
/// taken over.
final class RunLease: Sendable {
    static let name = "owner.json"

    /// The process that holds the lease.
    struct Owner: Codable, Sendable, Equatable {
        var host: String
        var processID: Int32
        /// When the process started, in the kernel's ticks, since its ID may be reused.
        var processStart: String
        /// The boot of the kernel that it runs under.
        var boot: String
        /// The namespace in which its ID is valid.
        var processNamespace: String

        /// This process.
        ///
        /// - Parameter host: the machine's name, for messages.
        static func current(host: String) -> Owner {
            let boot = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
            let namespace = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
            return Owner(
                host: host, processID: getpid(), processStart: ProcessStatus.start(of: getpid()) ?? "",
                boot: String(decoding: boot, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines),
                processNamespace: namespace ?? "")
        }

        /// For messages.
        var words: String { "host \(host), process \(processID)" }
    }

    struct Times: Sendable {
        var renewal = Duration.seconds(5)
        /// An owner that hasn't renewed for this long is gone, or stopped.
        var patience = Duration.seconds(30)
    }

    private struct Identity: Equatable {
        let device: dev_t
        let node: ino_t

        init(_ status: stat) { (device, node) = (status.st_dev, status.st_ino) }
    }

    private let folder: String
    private let owner: Owner
    /// The file's descriptor, while the lease is held.
    private let held: Mutex<Int32?>
    private let ending = DispatchSemaphore(value: 0)

    private var path: String { folder + "/" + Self.name }

    /// Takes the lease; throws `RunFolderError.inUse` if another process holds it.
    ///
    /// - Parameters:
    ///   - lockIsHeld: whether this process has the folder's lock, so that no other of this kernel has it.
    ///   - note: called once with the reason if it has to wait.
    init(
        _ folder: String, owner: Owner, lockIsHeld: Bool, times: Times = Times(), note: (String) -> Void
    ) throws {
        self.folder = folder
        self.owner = owner
        held = Mutex(nil)
        var watched: (since: ContinuousClock.Instant, time: timespec)?
        while true {
            if let descriptor = try Self.publish(owner, in: folder) {
                held.withLock { $0 = descriptor }
                break
            }
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            guard let other = Self.owner(in: folder) else {
                // Not a lease file, so nobody renews it.
                try displace(Identity(status))
                continue
            }
            let now = ContinuousClock.now
            if lockIsHeld && other.boot == owner.boot || Self.isGone(other, seenFrom: owner) {
                try displace(Identity(status))
            } else if let watched, watched.time != status.st_mtim {
                throw RunFolderError.inUse(path: folder, by: other.words)
            } else if let watched, now - watched.since >= times.patience {
                try displace(Identity(status))
            } else {
                if watched == nil {
                    watched = (now, status.st_mtim)
                    note(
                        "\(folder) was in use by \(other.words); taking it over unless that is heard of "
                            + "within \(Int(times.patience.inSeconds.rounded(.up))) s")
                }
                usleep(useconds_t(min(times.renewal, times.patience).inSeconds * 1e6 / 4))
            }
        }
        let thread = Thread { [self] in
            while ending.wait(timeout: .now() + times.renewal.inSeconds) == .timedOut { renew() }
        }
        thread.name = "run lease"
        thread.start()
    }

    deinit { held.withLock { if let descriptor = $0 { close(descriptor) } } }

    /// Throws if another process has taken over the folder. Must be called before anything is written.
    func check() throws {
        try held.withLock { held in
            guard let descriptor = held else { return }
            if isNamed(descriptor) { return }
            // If the file was only removed, there is no other owner.
            guard let again = try Self.publish(owner, in: folder) else {
                throw RunFolderError.takenOver(
                    path: folder, by: Self.owner(in: folder)?.words ?? "another process")
            }
            close(descriptor)
            held = again
        }
    }

    func release() {
        ending.signal()
        held.withLock { held in
            guard let descriptor = held else { return }
            if isNamed(descriptor) { unlink(path) }
            close(descriptor)
            held = nil
        }
    }

    private func renew() {
        held.withLock { held in
            // The time is the file server's, as are those that it is compared with.
            if let descriptor = held { _ = futimens(descriptor, nil) }
        }
    }

    /// Whether the name still refers to this file. Opening it makes an NFS client ask the server.
    private func isNamed(_ descriptor: Int32) -> Bool {
        let named = open(path, O_RDONLY | O_CLOEXEC)
        guard named >= 0 else { return false }
        defer { close(named) }
        var (own, other) = (stat(), stat())
        return fstat(descriptor, &own) == 0 && fstat(named, &other) == 0 && Identity(own) == Identity(other)
    }

    /// Creates the file if there is none, and returns its descriptor; `nil` if there is one.
    private static func publish(_ owner: Owner, in folder: String) throws -> Int32? {
        let path = folder + "/" + name
        // Named like the leftovers of killed processes, which are removed.
        let draft = "\(folder)/.\(name).\(UUID().uuidString)" + DurableFile.temporarySuffix
        let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileSystemError(.create, path: path) }
        defer { unlink(draft) }
        let text = try Array(JSONEncoder().encode(owner)) + [UInt8(ascii: "\n")]
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            let code = errno
            close(descriptor)
            throw FileSystemError(.write, path: path, code: code)
        }
        if link(draft, path) == 0 { return descriptor }
        let code = errno
        // If the server's reply was lost, the link may exist all the same.
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_nlink == 2 { return descriptor }
        close(descriptor)
        switch code {
        // The draft is gone if another process has removed leftovers.
        case EEXIST, ENOENT: return nil
        case EPERM, ENOTSUP, ENOSYS, EMLINK:
            // Without hard links, the name is created first and the content follows.
            let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0, write(descriptor, text, text.count) == text.count { return descriptor }
            guard descriptor < 0, errno == EEXIST else { throw FileSystemError(.create, path: path) }
            return nil
        default: throw FileSystemError(.create, path: path, code: code)
        }
    }

    /// Removes the file of an owner that is gone, unless another process was faster.
    private func displace(_ identity: Identity) throws {
        let aside = "\(folder)/.\(Self.name).\(UUID().uuidString)"
        guard rename(path, aside) == 0 else {
            guard errno == ENOENT else { throw FileSystemError(.rename, path: path) }
            return
        }
        var status = stat()
        if stat(aside, &status) == 0, Identity(status) != identity { link(aside, path) }
        unlink(aside)
    }

    /// The owner of the folder; `nil` if there is none.
    static func owner(in folder: String) -> Owner? {
        FileManager.default.contents(atPath: folder + "/" + name)
            .flatMap { try? JSONDecoder().decode(Owner.self, from: $0) }
    }

    /// Whether a process is known to have ended, which only its own host can tell.
    private static func isGone(_ other: Owner, seenFrom owner: Owner) -> Bool {
        guard other.boot == owner.boot, other.processNamespace == owner.processNamespace else { return false }
        if kill(other.processID, 0) != 0, errno == ESRCH { return true }
        let start = ProcessStatus.start(of: other.processID)
        return start != nil && start != other.processStart
    }
}

enum ProcessStatus {
    /// When a process started, in ticks since the boot; `nil` if there is none.
    static func start(of process: pid_t) -> String? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
        // The process's name, in parentheses, may contain anything.
        let text = String(decoding: data, as: UTF8.self)
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return fields.count > 20 ? String(fields[20]) : nil
    }
}

extension timespec {
    fileprivate static func != (left: timespec, right: timespec) -> Bool {
        left.tv_sec != right.tv_sec || left.tv_nsec != right.tv_nsec
    }
}
