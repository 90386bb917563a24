import Files
import Glibc
import Synchronization

/// Caches the digests of files. A file is not read again if its device, inode, size and times are those of a
/// file that was hashed before.
///
/// A file that changed in the last seconds before it was hashed is not cached, because it might change again
/// within the same tick of the file system's clock (git's rule for its index). Correctness doesn't depend on
/// the cache, since every reader of a picture verifies its digest. Safe from any thread.
package final class FileDigests: Sendable {
    private let file: RecordFile?
    private let table: RecordTable
    private let now: @Sendable () -> Double
    private let new = Mutex(RecordBatch())

    /// Device and inode.
    private static let keyByteCount = 16
    /// Three million files.
    private static let capacityBytes = 256 << 20
    /// New digests are written once they reach this size.
    private static let batchBytes = 1 << 20
    /// The coarsest clock of a file system is FAT's, of two seconds; one more second for clocks that differ.
    private static let settledSeconds = 3.0

    /// - Parameters:
    ///   - directory: the folder of the cached digests; `nil` for none.
    ///   - now: seconds since 1970.
    ///   - isRead: whether the cached digests are used; otherwise new ones are only added.
    package init(directory: String?, now: @escaping @Sendable () -> Double, isRead: Bool = true) {
        file = directory.map {
            RecordFile(
                path: $0 + "/files", mark: "HSFILES1", keyByteCount: Self.keyByteCount,
                capacityBytes: Self.capacityBytes)
        }
        table = (isRead ? file?.read() : nil) ?? RecordTable(bytes: [], keyByteCount: Self.keyByteCount)
        self.now = now
    }

    /// A file's digest and length, cached or computed by reading the file.
    package func digest(of path: String) throws(FileSystemError) -> (digest: ContentDigest, byteCount: Int) {
        var status = stat()
        if stat(path, &status) == 0, let digest = known(status) { return (digest, Int(status.st_size)) }
        let start = now()
        let file = try OwnedFile.regular(path)
        let before = Identity(try file.status())
        let found = try ContentDigest.hashing(file)
        guard before == Identity(try file.status()), before.byteCount == Int64(found.byteCount),
            before.changedSeconds < start - Self.settledSeconds
        else { return found }
        remember(before.bytes + found.digest.bytes)
        return found
    }

    /// The cached digest of a regular file with this status, if there is one.
    package func known(_ status: stat) -> ContentDigest? {
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        let identity = Identity(status).bytes
        return table.value(of: Array(identity[..<Self.keyByteCount])) { value in
            let rest = identity[Self.keyByteCount...]
            guard value.count == rest.count + ContentDigest.byteCount,
                value[..<rest.count].elementsEqual(rest)
            else { return nil }
            return ContentDigest(bytes: value[rest.count...])
        } ?? nil
    }

    /// The number of files that were cached when this object was created.
    package var count: Int { table.count }

    private func remember(_ record: [UInt8]) {
        guard file != nil else { return }
        let isFull = new.withLock { new in
            new.add(record)
            return new.byteCount >= Self.batchBytes
        }
        if isFull { save() }
    }

    /// Writes the new digests. Errors are ignored, since the cache is optional.
    package func save() {
        let batch = new.withLock { new in
            defer { new = RecordBatch() }
            return new
        }
        try? file?.append(batch)
    }

    /// Identifies a file and its state.
    private struct Identity: Equatable {
        let device: UInt64
        let inode: UInt64
        let byteCount: Int64
        let modified: timespec
        let changed: timespec

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            byteCount = Int64(status.st_size)
            modified = status.st_mtim
            changed = status.st_ctim
        }

        /// The later of both times, rounded up; some file systems maintain only one of them.
        var changedSeconds: Double { Double(max(modified.tv_sec, changed.tv_sec)) + 1 }

        static func == (left: Identity, right: Identity) -> Bool { left.bytes == right.bytes }

        /// Starts with device and inode, the key.
        var bytes: [UInt8] {
            let words = [
                device, inode, UInt64(bitPattern: byteCount), UInt64(bitPattern: Int64(modified.tv_sec)),
                UInt64(bitPattern: Int64(changed.tv_sec)),
                UInt64(modified.tv_nsec) << 32 | UInt64(changed.tv_nsec),
            ]
            return words.withUnsafeBytes { Array($0) }
        }
    }
}
