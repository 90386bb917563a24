import ContentAddressing
import Logging
import Synchronization
import WireMessages

/// Where a worker gets content by digest: its own copies, its cache, and else the coordinator. Any thread may
/// ask; one fetches at a time.
final class PictureSource: Sendable {
    private let copies: Mutex<LocalCopies>
    private let cache: ContentCache?
    private let client: ContentClient
    private let log: Logger
    /// One fetches at a time; whether a cache that takes nothing was mentioned.
    private let fetching = Mutex(false)

    /// - Parameter places: the folders and files with own copies.
    init(places: [String], cache: ContentCache?, client: ContentClient, log: Logger) {
        copies = Mutex(LocalCopies(places))
        self.cache = cache
        self.client = client
        self.log = log
    }

    /// The content, verified.
    func bytes(
        of digest: ContentDigest, byteCount: Int, onProgress: (Int) -> Void = { _ in }
    ) throws -> [UInt8] {
        if let bytes = copies.withLock({ $0.bytes(of: digest, byteCount: byteCount) }) { return bytes }
        if let bytes = cache?.read(digest) { return bytes }
        return try fetching.withLock { isKnown in
            if let bytes = cache?.read(digest) { return bytes }
            let bytes = try client.fetch(digest, byteCount: byteCount, onProgress: onProgress)
            // A full disk costs the next fetch, not the work that the bytes are for.
            do { _ = try cache?.store(bytes) } catch {
                if !isKnown {
                    log.warning("what is fetched can't be kept, and is fetched each time: \(error)")
                }
                isKnown = true
            }
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
