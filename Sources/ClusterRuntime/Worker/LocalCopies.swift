import ContentAddressing
import Files
import Foundation
import Synchronization

/// Content in folders of this machine, found by digest under any name.
///
/// At first only a file's size is known, and its digest if that is remembered. If no known file has the
/// requested content, files of its size are hashed, each once and by the requesting thread, until it is
/// found. Content is hashed again before it is returned, so that a changed file is noticed. Safe from any
/// thread; no lock is held while files are read.
final class LocalCopies: Sendable {
    private struct State {
        var pathsByDigest: [ContentDigest: [String]] = [:]
        /// Files by size whose digests are unknown, the last first.
        var unhashed: [Int: [String]] = [:]
        /// How many files of a size are being hashed.
        var underWay: [Int: Int] = [:]
        /// Files that had requested content.
        var wanted: Set<String> = []
    }

    private let pathsBySize: [Int: [String]]
    private let state: Mutex<State>
    private let digests: FileDigests

    /// How long to wait before looking again while other threads hash files of the size.
    private static let pauseMicroseconds: UInt32 = 500

    /// Looks through the given folders and files. Folders that can't be listed are skipped, since the
    /// coordinator has the content.
    ///
    /// - Parameters:
    ///   - digestDirectory: where digests of files are remembered; `nil` for nowhere.
    ///   - now: seconds since 1970.
    init(_ places: [String], digestDirectory: String?, now: @escaping @Sendable () -> Double) {
        let remembered = FileDigests(directory: places.isEmpty ? nil : digestDirectory, now: now)
        var walk = Walk(remembered: remembered)
        for place in places { walk.look(in: place, depth: 0) }
        pathsBySize = walk.pathsBySize
        state = Mutex(
            State(pathsByDigest: walk.pathsByDigest, unhashed: walk.unhashed.mapValues { $0.reversed() }))
        // The remembered digests are in the index now.
        digests = FileDigests(directory: digestDirectory, now: now, isRead: false)
    }

    private struct Walk {
        let remembered: FileDigests
        var pathsBySize: [Int: [String]] = [:]
        var pathsByDigest: [ContentDigest: [String]] = [:]
        var unhashed: [Int: [String]] = [:]

        /// Folders nested deeper than this are skipped, which also ends cycles of links.
        private static let deepest = 32

        init(remembered: FileDigests) { self.remembered = remembered }

        mutating func look(in place: String, depth: Int) {
            var status = stat()
            guard stat(place, &status) == 0 else { return }
            if status.st_mode & S_IFMT == S_IFREG {
                pathsBySize[Int(status.st_size), default: []].append(place)
                if let digest = remembered.known(status) {
                    pathsByDigest[digest, default: []].append(place)
                } else {
                    unhashed[Int(status.st_size), default: []].append(place)
                }
            } else if status.st_mode & S_IFMT == S_IFDIR, depth < Self.deepest {
                for name in ((try? Folder.names(in: place)) ?? []).compactMap(\.text) {
                    look(in: place + "/" + name, depth: depth + 1)
                }
            }
        }
    }

    /// The path of a file with this content, verified now.
    func path(of digest: ContentDigest, byteCount: Int) -> String? {
        find(digest, byteCount: byteCount) { path in
            (try? ContentDigest.hashing(file: path)).map { ($0.digest, path) }
        }
    }

    /// The content, verified.
    func bytes(of digest: ContentDigest, byteCount: Int) -> [UInt8]? {
        find(digest, byteCount: byteCount) { path in
            FileManager.default.contents(atPath: path).map { data in
                let bytes = Array(data)
                return (ContentDigest(hashing: bytes), bytes)
            }
        }
    }

    /// Files of this size that have not had any requested content so far; at most `limit`.
    func strangers(ofSize byteCount: Int, limit: Int) -> [String] {
        let wanted = state.withLock { $0.wanted }
        return Array((pathsBySize[byteCount] ?? []).lazy.filter { !wanted.contains($0) }.prefix(limit))
    }

    // MARK: Looking

    private func find<Value>(
        _ digest: ContentDigest, byteCount: Int,
        _ open: (String) -> (digest: ContentDigest, value: Value)?
    ) -> Value? {
        guard pathsBySize[byteCount] != nil else { return nil }
        while let path = candidate(digest, byteCount: byteCount) {
            let found = open(path)
            if let found, found.digest == digest {
                state.withLock { _ = $0.wanted.insert(path) }
                return found.value
            }
            state.withLock { state in
                state.pathsByDigest[digest]?.removeAll { $0 == path }
                if let found { state.pathsByDigest[found.digest, default: []].append(path) }
            }
        }
        return nil
    }

    /// A file that had the content when it was hashed.
    private func candidate(_ digest: ContentDigest, byteCount: Int) -> String? {
        enum Step {
            case take(String)
            case hash(String)
            case wait
            case giveUp
        }
        while true {
            let step = state.withLock { state -> Step in
                if let path = state.pathsByDigest[digest]?.first { return .take(path) }
                if let path = state.unhashed[byteCount]?.popLast() {
                    state.underWay[byteCount, default: 0] += 1
                    return .hash(path)
                }
                return state.underWay[byteCount, default: 0] > 0 ? .wait : .giveUp
            }
            switch step {
            case .take(let path): return path
            case .hash(let path): hash(path, byteCount: byteCount)
            case .wait: usleep(Self.pauseMicroseconds)
            case .giveUp: return nil
            }
        }
    }

    private func hash(_ path: String, byteCount: Int) {
        let found = try? digests.digest(of: path)
        let isLast = state.withLock { state in
            if let found { state.pathsByDigest[found.digest, default: []].append(path) }
            state.underWay[byteCount, default: 0] -= 1
            return state.underWay[byteCount] == 0 && state.unhashed[byteCount]?.isEmpty ?? true
        }
        if isLast { digests.save() }
    }
}
