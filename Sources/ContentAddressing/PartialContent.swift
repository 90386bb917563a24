import Files
import Glibc

/// An object of the cache that is being received. Use it from one thread at a time.
///
/// An unfinished object is kept, and the next receiver resumes it.
package final class PartialContent {
    package let digest: ContentDigest
    package let byteCount: Int
    /// The number of received bytes; the next piece begins here.
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

    /// Verifies the received content, moves it into the cache and returns its path there.
    ///
    /// Wrong content is discarded. Call this once.
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
