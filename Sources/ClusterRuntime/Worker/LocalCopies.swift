import ContentAddressing
import Foundation

/// Content that lies in folders of this machine under any name, found by digest.
///
/// Only the sizes are read at first; a file is hashed when content of its size is asked for, and again each
/// time it is read, so that a file that changed meanwhile is noticed. Confined to one thread.
struct LocalCopies {
    private var pathsBySize: [Int: [String]] = [:]
    private var digestOfPath: [String: ContentDigest] = [:]
    /// Files that were asked for.
    private var wanted: Set<String> = []

    /// Looks through the folders and files named; what can't be listed is passed over, since the content can
    /// be had from the coordinator.
    init(_ places: [String]) {
        for place in places { look(in: place, depth: 0) }
    }

    /// Folders nested deeper than this are passed over, which also ends circles of links.
    private static let deepest = 32

    private mutating func look(in place: String, depth: Int) {
        var status = stat()
        guard stat(place, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFREG {
            pathsBySize[Int(status.st_size), default: []].append(place)
        } else if status.st_mode & S_IFMT == S_IFDIR, depth < Self.deepest {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
            for name in names.sorted() { look(in: place + "/" + name, depth: depth + 1) }
        }
    }

    /// The path of a file with this content, verified now.
    mutating func path(of digest: ContentDigest, byteCount: Int) -> String? {
        for path in pathsBySize[byteCount] ?? [] where digestOfPath[path].map({ $0 == digest }) ?? true {
            guard let file = FileHandle(forReadingAtPath: path) else { continue }
            defer { try? file.close() }
            var hasher = ContentHasher()
            while let piece = try? file.read(upToCount: Self.pieceBytes), !piece.isEmpty {
                piece.withUnsafeBytes { hasher.update($0) }
            }
            let found = hasher.finalize()
            digestOfPath[path] = found
            if found == digest {
                wanted.insert(path)
                return path
            }
        }
        return nil
    }

    /// Files of this size, none of which was what anybody asked for so far.
    func strangers(ofSize byteCount: Int) -> [String] {
        (pathsBySize[byteCount] ?? []).filter { !wanted.contains($0) }
    }

    private static let pieceBytes = 1 << 20

    /// The content, verified.
    mutating func bytes(of digest: ContentDigest, byteCount: Int) -> [UInt8]? {
        for path in pathsBySize[byteCount] ?? [] where digestOfPath[path].map({ $0 == digest }) ?? true {
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            let bytes = Array(data)
            let found = ContentDigest(hashing: bytes)
            digestOfPath[path] = found
            if found == digest {
                wanted.insert(path)
                return bytes
            }
        }
        return nil
    }
}
