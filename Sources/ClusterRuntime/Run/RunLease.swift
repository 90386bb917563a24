import ContentAddressing
import Foundation
import Glibc
import ModelFiles
import Synchronization
import TrainingProtocol

/// The word in a run folder, `owner.json`, of which process works on it: a lock that holds between hosts,
/// where the file system's own may not (NFS).
///
/// The file appears whole and once (`link`), its owner sets its time anew again and again, and makes sure
/// before it writes anything that the name is still its own. One that isn't renewed is taken over.
final class RunLease: Sendable {
    static let name = "owner.json"

    /// Who holds it.
    struct Owner: Codable, Sendable, Equatable {
        var host: String
        var processID: Int32
        /// When the process began, in the kernel's ticks: its number may be given again.
        var processStart: String
        /// The boot of the kernel that it runs under.
        var boot: String
        /// Where its number is valid.
        var processNamespace: String

        /// This process.
        ///
        /// - Parameter host: the name that people know the machine by.
        static func current(host: String) -> Owner {
            let boot = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
            let namespace = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
            return Owner(
                host: host, processID: getpid(), processStart: ProcessStatus.start(of: getpid()) ?? "",
                boot: String(decoding: boot, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines),
                processNamespace: namespace ?? "")
        }

        /// For people.
        var words: String { "host \(host), process \(processID)" }
    }

    /// How long is waited for what.
    struct Times: Sendable {
        var renewal = Duration.seconds(5)
        /// An owner that hasn't renewed for so long is gone, or stopped.
        var patience = Duration.seconds(30)
    }

    private struct Identity: Equatable {
        let device: dev_t
        let node: ino_t

        init(_ status: stat) { (device, node) = (status.st_dev, status.st_ino) }
    }

    private let folder: String
    private let owner: Owner
    private let times: Times
    /// The file, while it is held.
    private let held: Mutex<Int32?>
    private let ending = DispatchSemaphore(value: 0)

    private var path: String { folder + "/" + Self.name }

    /// Takes the folder.
    ///
    /// - Parameters:
    ///   - lockIsHeld: this process has the folder's lock, which no other of this kernel has then.
    ///   - note: called once where it has to wait, with why.
    init(
        _ folder: String, owner: Owner, lockIsHeld: Bool, times: Times = Times(), note: (String) -> Void
    ) throws {
        self.folder = folder
        self.owner = owner
        self.times = times
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
                // Not one of ours: nobody renews it.
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

    /// Throws if another process has taken the folder over meanwhile, which must be asked before anything is
    /// written.
    func check() throws {
        try held.withLock { held in
            guard let descriptor = held else { return }
            if isNamed(descriptor) { return }
            // Somebody removed the file: that is no owner.
            guard let again = try Self.publish(owner, in: folder) else {
                throw RunFolderError.takenOver(
                    path: folder, by: Self.owner(in: folder)?.words ?? "another process")
            }
            close(descriptor)
            held = again
        }
    }

    /// Gives the folder back.
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
            // The time is the file server's own, as are those that it is compared with.
            if let descriptor = held { _ = futimens(descriptor, nil) }
        }
    }

    /// Whether the name is still this file's. Opening it asks the server anew.
    private func isNamed(_ descriptor: Int32) -> Bool {
        let named = open(path, O_RDONLY | O_CLOEXEC)
        guard named >= 0 else { return false }
        defer { close(named) }
        var (own, other) = (stat(), stat())
        return fstat(descriptor, &own) == 0 && fstat(named, &other) == 0 && Identity(own) == Identity(other)
    }

    /// Puts the owner's word there, if none is; its descriptor, which is as good as the name.
    private static func publish(_ owner: Owner, in folder: String) throws -> Int32? {
        let path = folder + "/" + name
        // Named as what a killed process leaves, which is cleared away.
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
        // Where the answer is lost on the way, the link may have been made all the same.
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_nlink == 2 { return descriptor }
        close(descriptor)
        switch code {
        // The draft is gone where another process has cleared the folder.
        case EEXIST, ENOENT: return nil
        case EPERM, ENOTSUP, ENOSYS, EMLINK:
            // Without links: the name is taken first, and the word follows.
            let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0, write(descriptor, text, text.count) == text.count { return descriptor }
            guard descriptor < 0, errno == EEXIST else { throw FileSystemError(.create, path: path) }
            return nil
        default: throw FileSystemError(.create, path: path, code: code)
        }
    }

    /// Takes the word of an owner that is gone away, unless another came first.
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

    /// Who holds the folder; `nil` for nobody.
    static func owner(in folder: String) -> Owner? {
        FileManager.default.contents(atPath: folder + "/" + name)
            .flatMap { try? JSONDecoder().decode(Owner.self, from: $0) }
    }

    /// Whether a process can be known to have ended: it was one of this host.
    private static func isGone(_ other: Owner, seenFrom owner: Owner) -> Bool {
        guard other.boot == owner.boot, other.processNamespace == owner.processNamespace else { return false }
        if kill(other.processID, 0) != 0, errno == ESRCH { return true }
        let start = ProcessStatus.start(of: other.processID)
        return start != nil && start != other.processStart
    }
}

/// What the kernel tells of a process.
enum ProcessStatus {
    /// When it began, in ticks since the boot; `nil` for none.
    static func start(of process: pid_t) -> String? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
        // Its name, in parentheses, may hold anything.
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
