import Files
import Glibc
import Synchronization

enum StoreDirectory {
    static func create(_ directory: String) throws(FeatureStoreError) {
        do { try Folder.createPrivate(directory) } catch { throw unusable(directory, error) }
    }

    /// Renames the store's files, replacing those that were set aside earlier.
    static func setAside(_ directory: String) throws(FeatureStoreError) {
        for file in [FeatureStoreEnvironment.dataFile, FeatureStoreEnvironment.lockFile] {
            let path = directory + "/" + file
            guard rename(path, path + ".damaged") != 0, errno != ENOENT else { continue }
            throw unusable(directory)
        }
    }

    /// A lock that a process holds while it opens the store; the system releases it if the process dies.
    struct OpeningLock: ~Copyable {
        private let file: OwnedFile

        init(_ directory: String) throws(FeatureStoreError) {
            do throws(FileSystemError) { file = try Self.taken(directory + "/opening.lock") } catch {
                throw unusable(directory, error)
            }
        }

        private static func taken(_ path: String) throws(FileSystemError) -> OwnedFile {
            let file = try OwnedFile(path, .updating)
            _ = try file.lock(waits: true)
            return file
        }

        func release() { file.unlock() }
    }

    private static func unusable(_ directory: String, _ error: FileSystemError) -> FeatureStoreError {
        .unusable(directory: directory, reason: String(cString: strerror(error.code)))
    }

    fileprivate static func unusable(_ directory: String) -> FeatureStoreError {
        .unusable(directory: directory, reason: String(cString: strerror(errno)))
    }
}

/// This process's claim to a store until the object is released. LMDB loses its locks if a process opens a
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
