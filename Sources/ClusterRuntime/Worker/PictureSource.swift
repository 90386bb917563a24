import ContentAddressing
import Synchronization
import WireMessages

/// Provides content by digest. Several threads may call it at once.
protocol ContentSource: Sendable {
    /// A picture's bytes, verified.
    func bytes(of digest: ContentDigest, byteCount: Int) throws -> [UInt8]

    /// The path of a file with the weights, verified.
    ///
    /// - Parameter onProgress: called with the bytes present now, and those present before.
    func weightsPath(
        of digest: ContentDigest, byteCount: Int, onProgress: (Int, Int) -> Void
    ) throws -> String
}

/// A worker's content by digest: from its own copies, from its cache, or else from the coordinator.
final class PictureSource: ContentSource {
    private struct Notes {
        var differing: Set<String> = []
        /// Sizes whose files were checked: those without requested content only become fewer.
        var sizes: Set<Int> = []
        var namedMissing = false
        var namedCache = false
    }

    private let copies: LocalCopies
    private let folders: [String]
    private let weightsFile: String?
    private let cache: ContentCache?
    private let client: ContentClient
    private let note: @Sendable (String) -> Void
    private let notes = Mutex(Notes())

    /// How many differing files are named; more would hide other lines.
    private static let namedAtMost = 20

    /// - Parameters:
    ///   - folders: folders with copies of the pictures.
    ///   - weightsFile: a copy of the weights.
    ///   - cache: `nil` if there can be none; pictures are then fetched each time.
    ///   - digestDirectory: where digests of files are remembered; `nil` for nowhere.
    ///   - now: seconds since 1970.
    ///   - note: called once with each thing that the user should know.
    init(
        folders: [String], weightsFile: String?, cache: ContentCache?, client: ContentClient,
        digestDirectory: String? = nil, now: @escaping @Sendable () -> Double = { 0 },
        note: @escaping @Sendable (String) -> Void
    ) {
        copies = LocalCopies(
            folders + [weightsFile].compactMap { $0 }, digestDirectory: digestDirectory, now: now)
        self.folders = folders
        self.weightsFile = weightsFile
        self.cache = cache
        self.client = client
        self.note = note
    }

    func bytes(of digest: ContentDigest, byteCount: Int) throws -> [UInt8] {
        if let bytes = copies.bytes(of: digest, byteCount: byteCount) { return bytes }
        if let bytes = cache?.read(digest) { return bytes }
        nameMissing(digest, byteCount: byteCount)
        guard let cache else { return try fetchIntoMemory(digest, byteCount: byteCount) }
        do {
            _ = try fetch(digest, byteCount: byteCount, into: cache) { _, _ in }
            // Another run that shares the cache may have evicted it already.
            if let bytes = cache.read(digest) { return bytes }
        } catch let error as ContentCacheError {
            // The worker goes on without the cache, such as on a full disk.
            nameCache(error)
        }
        return try fetchIntoMemory(digest, byteCount: byteCount)
    }

    /// Weights that are not on this machine are fetched into the cache.
    func weightsPath(
        of digest: ContentDigest, byteCount: Int, onProgress: (Int, Int) -> Void
    ) throws -> String {
        if let path = copies.path(of: digest, byteCount: byteCount) { return path }
        if let weightsFile {
            note("\(weightsFile) is not the run's weight file; the run's is taken from the coordinator")
        }
        guard let cache else { throw SessionError.noCache(digest) }
        if let path = cache.path(for: digest) { return path }
        return try fetch(digest, byteCount: byteCount, into: cache, onProgress: onProgress)
    }

    /// Fetches the missing rest, piece by piece onto the disk: if this worker dies, the next one goes on from
    /// there.
    private func fetch(
        _ digest: ContentDigest, byteCount: Int, into cache: ContentCache, onProgress: (Int, Int) -> Void
    ) throws -> String {
        while true {
            let partial = try cache.begin(digest, byteCount: byteCount)
            let before = partial.receivedByteCount
            try client.fetch(digest, byteCount: byteCount, from: before) { bytes in
                try partial.append(bytes.array, at: partial.receivedByteCount)
                onProgress(partial.receivedByteCount, before)
            }
            do throws(ContentCacheError) { return try partial.finish() } catch {
                guard case .wrongContent = error else { throw error }
                // The part that an earlier worker left may be damaged; if there was none, the coordinator's
                // copy is.
                guard before > 0 else { throw ContentError.mismatch(digest) }
            }
        }
    }

    private func fetchIntoMemory(_ digest: ContentDigest, byteCount: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try client.fetch(digest, byteCount: byteCount) { bytes += $0.array }
        guard ContentDigest(hashing: bytes) == digest else { throw ContentError.mismatch(digest) }
        return bytes
    }

    // MARK: What people should know

    private func nameMissing(_ digest: ContentDigest, byteCount: Int) {
        guard !folders.isEmpty else { return }
        guard notes.withLock({ $0.sizes.insert(byteCount).inserted }) else { return }
        let candidates = copies.strangers(ofSize: byteCount, limit: Self.namedAtMost)
        notes.withLock { notes in
            for path in candidates where notes.differing.count < Self.namedAtMost {
                guard notes.differing.insert(path).inserted else { continue }
                note(
                    "\(path) has the size of picture \(digest) and other content; "
                        + "the picture comes from the coordinator")
            }
            guard candidates.isEmpty, !notes.namedMissing else { return }
            notes.namedMissing = true
            note(
                "picture \(digest) (\(byteCount) bytes) is not in \(folders.joined(separator: ", ")); "
                    + "it and others that are missing come from the coordinator")
        }
    }

    private func nameCache(_ error: ContentCacheError) {
        let isFirst = notes.withLock { notes in
            defer { notes.namedCache = true }
            return !notes.namedCache
        }
        if isFirst { note("the cache can't be used: \(error); pictures are fetched each time") }
    }
}
