import Glibc
import Synchronization

/// The folder of a feature store, as a folder.
enum StoreDirectory {
    /// Makes the folder and those above it.
    static func create(_ directory: String) throws(FeatureStoreError) {
        var path = directory.hasPrefix("/") ? "/" : ""
        for component in directory.split(separator: "/") {
            path += component + "/"
            guard mkdir(path, 0o700) != 0, errno != EEXIST, errno != EISDIR else { continue }
            throw unusable(directory)
        }
    }

    /// Renames the store's files, over earlier ones that were set aside.
    static func setAside(_ directory: String) throws(FeatureStoreError) {
        for file in [FeatureStoreEnvironment.dataFile, FeatureStoreEnvironment.lockFile] {
            let path = directory + "/" + file
            guard rename(path, path + ".damaged") != 0, errno != ENOENT else { continue }
            throw unusable(directory)
        }
    }

    /// Held by a process while it opens the store; the system lets go of it when the process dies.
    struct OpeningLock {
        private let descriptor: Int32

        init(_ directory: String) throws(FeatureStoreError) {
            descriptor = open(directory + "/opening.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw unusable(directory) }
            while flock(descriptor, LOCK_EX) != 0 {
                guard errno == EINTR else {
                    defer { close(descriptor) }
                    throw unusable(directory)
                }
            }
        }

        func release() { close(descriptor) }
    }

    fileprivate static func unusable(_ directory: String) -> FeatureStoreError {
        .unusable(directory: directory, reason: String(cString: strerror(errno)))
    }
}

/// This process's claim to a store, given up when it is released: LMDB loses its locks if a process opens a
/// file twice.
final class DirectoryRegistration: Sendable {
    private struct Identity: Hashable {
        let device: dev_t
        let node: ino_t
    }

    private static let claimed = Mutex<Set<Identity>>([])
    private let identity: Identity

    init(_ directory: String) throws(FeatureStoreError) {
        var status = stat()
        guard stat(directory, &status) == 0 else { throw StoreDirectory.unusable(directory) }
        let identity = Identity(device: status.st_dev, node: status.st_ino)
        guard Self.claimed.withLock({ $0.insert(identity).inserted }) else {
            throw .alreadyOpen(directory: directory)
        }
        self.identity = identity
    }

    deinit { _ = Self.claimed.withLock { $0.remove(identity) } }
}
