import Files
import Glibc

/// Scans a cache's folder and removes the least recently used objects.
struct ContentCacheEviction {
    /// An eviction also frees a reserve of capacity / 16, so that the folder is rarely scanned.
    static let reserveFraction = 16

    let directory: String

    private struct Entry {
        let path: String
        let byteCount: Int
        let seconds: Int
        let nanoseconds: Int
    }

    /// Removes objects until `byteCount` more bytes fit, and returns the used bytes including these.
    func makeRoom(for byteCount: Int, capacityBytes: Int) throws(FileSystemError) -> Int {
        var entries = try objects() + abandonedPartials()
        var used = entries.reduce(byteCount) { $0 + $1.byteCount }
        guard used > capacityBytes else { return used }
        entries.sort { ($0.seconds, $0.nanoseconds, $0.path) < ($1.seconds, $1.nanoseconds, $1.path) }
        for entry in entries where used > capacityBytes - capacityBytes / Self.reserveFraction {
            // Another process may have removed it already.
            guard unlink(entry.path) == 0 || errno == ENOENT else {
                throw FileSystemError(.remove, path: entry.path)
            }
            used -= entry.byteCount
        }
        return used
    }

    private func objects() throws(FileSystemError) -> [Entry] {
        var entries: [Entry] = []
        for folder in try Folder.names(in: directory + "/objects") {
            guard let folder = folder.text else { continue }
            for name in try Folder.names(in: "\(directory)/objects/\(folder)") {
                if let entry = name.text.flatMap({ Self.entry("\(directory)/objects/\(folder)/\($0)") }) {
                    entries.append(entry)
                }
            }
        }
        return entries
    }

    /// Interrupted objects. One that is being received counts once it is finished.
    private func abandonedPartials() throws(FileSystemError) -> [Entry] {
        var entries: [Entry] = []
        for name in try Folder.names(in: directory + "/partial") {
            guard let path = name.text.map({ "\(directory)/partial/\($0)" }) else { continue }
            if let file = try? OwnedFile(path, .reading), (try? file.lock()) == true,
                let entry = Self.entry(path)
            {
                entries.append(entry)
            }
        }
        return entries
    }

    private static func entry(_ path: String) -> Entry? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Entry(
            path: path, byteCount: Int(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }
}
