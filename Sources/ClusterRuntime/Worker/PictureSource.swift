import ContentAddressing
import Synchronization
import WireMessages

/// Where a worker gets content by digest: its own copies, its cache, and else the coordinator. Any thread may
/// ask; one fetches at a time.
final class PictureSource: Sendable {
    private let copies: Mutex<LocalCopies>
    private let cache: ContentCache?
    private let client: ContentClient
    private let fetching = Mutex(())

    /// - Parameter places: the folders and files with own copies.
    init(places: [String], cache: ContentCache?, client: ContentClient) {
        copies = Mutex(LocalCopies(places))
        self.cache = cache
        self.client = client
    }

    /// The content, verified.
    func bytes(
        of digest: ContentDigest, byteCount: Int, onProgress: (Int) -> Void = { _ in }
    ) throws -> [UInt8] {
        if let bytes = copies.withLock({ $0.bytes(of: digest, byteCount: byteCount) }) { return bytes }
        if let bytes = cache?.read(digest) { return bytes }
        return try fetching.withLock { _ in
            if let bytes = cache?.read(digest) { return bytes }
            let bytes = try client.fetch(digest, byteCount: byteCount, onProgress: onProgress)
            _ = try cache?.store(bytes)
            return bytes
        }
    }

    /// The path of a file with the content, verified, fetched into the cache if need be.
    func path(
        of digest: ContentDigest, byteCount: Int, onProgress: (Int) -> Void = { _ in }
    ) throws -> String? {
        if let path = copies.withLock({ $0.path(of: digest, byteCount: byteCount) }) { return path }
        if let path = cache?.path(for: digest) { return path }
        _ = try bytes(of: digest, byteCount: byteCount, onProgress: onProgress)
        return cache?.path(for: digest)
    }
}
