import Glibc

/// An object of the cache while it is being received. For one thread at a time.
///
/// What isn't finished stays, and the next receiver goes on from there.
package final class PartialContent {
    package let digest: ContentDigest
    package let byteCount: Int
    /// How much is there; the next piece begins here.
    package private(set) var receivedByteCount: Int

    private let cache: ContentCache
    private let file: OwnedFile

    init(
        cache: ContentCache, digest: ContentDigest, byteCount: Int, file: consuming OwnedFile
    ) throws(FileSystemError) {
        self.cache = cache
        self.digest = digest
        self.byteCount = byteCount
        let present = Int(try file.status().st_size)
        if present > byteCount {
            try file.truncate(to: 0)
        }
        receivedByteCount = present > byteCount ? 0 : present
        self.file = file
    }

    /// Appends a piece, which must begin where the last one ended.
    package func append(_ bytes: some Collection<UInt8>, at offset: Int) throws(ContentCacheError) {
        guard offset == receivedByteCount, bytes.count <= byteCount - offset else {
            throw .outOfPlace(offset: offset, expected: receivedByteCount)
        }
        let piece = ContiguousArray(bytes)
        do throws(FileSystemError) {
            try piece.withUnsafeBufferPointer { (buffer) throws(FileSystemError) in
                try file.write(UnsafeRawBufferPointer(buffer), at: offset)
            }
        } catch {
            throw .fileSystem(error)
        }
        receivedByteCount += piece.count
    }

    /// Verifies what was received, puts it into the cache and returns its path there.
    ///
    /// Wrong content is thrown away. Call it once.
    package func finish() throws(ContentCacheError) -> String {
        guard receivedByteCount == byteCount else {
            throw .outOfPlace(offset: byteCount, expected: receivedByteCount)
        }
        do throws(FileSystemError) {
            var hasher = ContentHasher()
            try file.forEachPiece { hasher.update($0) }
            if hasher.finalize() == digest {
                return try cache.adopt(file.path, digest: digest, byteCount: byteCount)
            }
        } catch {
            throw .fileSystem(error)
        }
        unlink(file.path)
        throw .wrongContent(digest)
    }
}
