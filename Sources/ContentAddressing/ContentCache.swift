import Files
import Glibc
import Synchronization

package enum ContentCacheError: Error, Equatable, CustomStringConvertible {
    case fileSystem(FileSystemError)
    /// A single object exceeds the cache's capacity.
    case tooLarge(byteCount: Int, capacityBytes: Int)
    /// A piece doesn't continue the received bytes, or exceeds the announced size.
    case outOfPlace(offset: Int, expected: Int)
    /// All bytes were received but have another digest; they are discarded.
    case wrongContent(ContentDigest)

    package var description: String {
        switch self {
        case .fileSystem(let error): error.description
        case .tooLarge(let byteCount, let capacityBytes):
            "content of \(byteCount) bytes doesn't fit the cache of \(capacityBytes); give it more room"
        case .outOfPlace(let offset, let expected):
            "a piece for byte \(offset) came where byte \(expected) was expected; ask for the content again"
        case .wrongContent(let digest):
            "what was received isn't content \(digest); ask for it again, or check the sender's disk"
        }
    }
}

/// Stores content by digest on disk, shared by the processes of a machine. A digest yields exactly its
/// content or nothing.
///
/// `objects/ab/cdef...` are complete objects, moved there by a single rename. `partial/` holds objects that
/// are being received, each file locked by its receiver, and interrupted ones that may be resumed. Every
/// object is verified when it is used; a damaged one is deleted. Nothing is synced, since losing the cache
/// costs only time. Only the owner can access the files and folders.
///
/// When the objects exceed the capacity, the least recently used are removed first. Each process counts what
/// it adds and scans the folder again after a sixteenth of the capacity, so n processes exceed the capacity
/// by at most n sixteenths.
package final class ContentCache: Sendable {
    package let directory: String
    package let capacityBytes: Int

    /// Bytes that may be added before the folder is scanned again.
    private let allowance: Mutex<Int>

    package init(directory: String, capacityBytes: Int) throws(FileSystemError) {
        self.directory = directory
        self.capacityBytes = capacityBytes
        allowance = Mutex(0)
        for folder in [directory, directory + "/objects", directory + "/partial"] {
            try Folder.createPrivate(folder)
        }
        try makeRoom(for: 0)
    }

    /// The object's path, after verifying it and marking it as used; `nil` if it is missing or damaged.
    ///
    /// Open the file at once, because another process may evict it.
    package func path(for digest: ContentDigest) -> String? {
        let path = objectPath(digest)
        guard let found = try? ContentDigest.hashing(file: path) else { return nil }
        return keep(path, verified: found.digest == digest)
    }

    /// The object's bytes, verified; `nil` if it is missing or damaged.
    package func read(_ digest: ContentDigest) -> [UInt8]? {
        let path = objectPath(digest)
        var bytes: [UInt8] = []
        guard let file = try? OwnedFile(path, .reading), let status = try? file.status() else { return nil }
        bytes.reserveCapacity(Int(status.st_size))
        guard (try? file.forEachPiece { bytes += $0 }) != nil else { return nil }
        return keep(path, verified: ContentDigest(hashing: bytes) == digest).map { _ in bytes }
    }

    @discardableResult
    package func store(_ bytes: [UInt8]) throws(ContentCacheError) -> ContentDigest {
        let digest = ContentDigest(hashing: bytes)
        let partial = try begin(digest, byteCount: bytes.count)
        try partial.append(bytes[partial.receivedByteCount...], at: partial.receivedByteCount)
        _ = try partial.finish()
        return digest
    }

    /// Begins to receive an object of that size, or resumes where an earlier receiver stopped.
    ///
    /// While another process receives the same object, this one receives it independently.
    package func begin(_ digest: ContentDigest, byteCount: Int) throws(ContentCacheError) -> PartialContent {
        guard byteCount <= capacityBytes else {
            throw .tooLarge(byteCount: byteCount, capacityBytes: capacityBytes)
        }
        do throws(FileSystemError) {
            return try PartialContent(
                cache: self, digest: digest, byteCount: byteCount, file: openPartial(digest))
        } catch {
            throw .fileSystem(error)
        }
    }

    /// More concurrent receivers of one object than this indicate an error.
    private static let receiverLimit = 1_000

    private func openPartial(_ digest: ContentDigest) throws(FileSystemError) -> OwnedFile {
        for receiver in 0..<Self.receiverLimit {
            let file = try OwnedFile("\(directory)/partial/\(digest.hex).\(receiver)", .updating)
            // Another receiver may have moved the file between opening and locking.
            if try file.lock(), try file.isStillNamed() { return file }
        }
        throw FileSystemError(.lock, path: "\(directory)/partial/\(digest.hex)", code: EBUSY)
    }

    /// Moves received and verified content to its final path, which is returned.
    func adopt(_ partial: String, digest: ContentDigest, byteCount: Int) throws(FileSystemError) -> String {
        try makeRoom(for: byteCount)
        try Folder.create(objectFolder(digest))
        let path = objectPath(digest)
        guard rename(partial, path) == 0 else { throw FileSystemError(.rename, path: path) }
        return path
    }

    private func makeRoom(for byteCount: Int) throws(FileSystemError) {
        try allowance.withLock { (allowance) throws(FileSystemError) in
            if byteCount <= allowance {
                allowance -= byteCount
            } else {
                let used = try ContentCacheEviction(directory: directory)
                    .makeRoom(for: byteCount, capacityBytes: capacityBytes)
                allowance = min(capacityBytes / ContentCacheEviction.reserveFraction, capacityBytes - used)
            }
        }
    }

    private func objectFolder(_ digest: ContentDigest) -> String {
        "\(directory)/objects/\(digest.hex.prefix(2))"
    }

    private func objectPath(_ digest: ContentDigest) -> String {
        "\(objectFolder(digest))/\(digest.hex.dropFirst(2))"
    }

    private func keep(_ path: String, verified: Bool) -> String? {
        guard verified else {
            unlink(path)
            return nil
        }
        // The modification time records the last use.
        utimensat(AT_FDCWD, path, nil, 0)
        return path
    }
}
