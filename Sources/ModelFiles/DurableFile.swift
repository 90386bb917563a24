import ContentAddressing
import Glibc

/// Files that are there whole or not at all, whatever stops the process or the machine meanwhile.
///
/// The content goes to a temporary file beside the target, is synced, renamed over it, and the folder is
/// synced. Until the rename the old file is untouched; after a failure the temporary one is removed.
package enum DurableFile {
    /// How a temporary file's name ends; only a process that was killed leaves one behind.
    package static let temporarySuffix = ".headstart-partial"

    /// Writes `bytes` to `path`, in place of a file of that name.
    package static func write(
        _ path: String, bytes: [UInt8], for audience: Audience = .owner
    ) throws(FileSystemError) {
        try write(path, for: audience) { (content: inout Content) throws(FileSystemError) in
            try content.append(bytes)
        }
    }

    /// Writes to `path` what `body` appends, in place of a file of that name.
    package static func write(
        _ path: String, for audience: Audience = .owner,
        body: (inout Content) throws(FileSystemError) -> Void
    ) throws(FileSystemError) {
        let (folder, name) = parts(of: path)
        var content = try Content(folder: folder, name: name, audience: audience)
        do throws(FileSystemError) {
            try body(&content)
            try content.file.synchronize()
            try content.file.close()
            try Self.rename(content.file.path, to: path)
        } catch {
            unlink(content.file.path)
            // The reader knows the target; the temporary name would only puzzle.
            let path = error.path == content.file.path ? path : error.path
            throw FileSystemError(error.operation, path: path, code: error.code)
        }
        try synchronize(folder: folder)
    }

    /// Renames a finished and synced file over `path`, on the same disk, and makes the new name durable.
    package static func move(_ finished: String, to path: String) throws(FileSystemError) {
        try Self.rename(finished, to: path)
        try synchronize(folder: parts(of: path).folder)
    }

    /// Makes the folder and those above it, as far as they aren't there, and makes their names durable: what
    /// is written into a folder that is lost is lost with it.
    package static func createFolder(
        _ path: String, for audience: Audience = .owner
    ) throws(FileSystemError) {
        var missing: [String] = []
        var place = path
        while access(place, F_OK) != 0, errno == ENOENT, place != ".", place != "/" {
            missing.append(place)
            place = parts(of: place).folder
        }
        switch audience {
        case .owner: try Folder.createPrivate(path)
        case .shared: try Folder.create(path, for: audience)
        }
        for folder in missing {
            do throws(FileSystemError) { try synchronize(folder: parts(of: folder).folder) } catch {
                // Who may make a folder in another need not be let look into it.
                guard error.code == EACCES else { throw error }
            }
        }
    }

    /// Lends `body` the path of a new and empty file beside `path`, which is removed afterwards.
    static func withScratchFile(
        beside path: String, body: (String) throws(FileSystemError) -> Void
    ) throws(FileSystemError) {
        let (folder, name) = parts(of: path)
        let scratch = try Content(folder: folder, name: name, audience: .owner)
        defer { unlink(scratch.file.path) }
        try body(scratch.file.path)
    }

    /// Removes the temporary files that killed processes left in `folder`.
    ///
    /// - Precondition: no other process is writing there; who calls this holds the folder's lock.
    package static func removeLeftovers(in folder: String) throws(FileSystemError) {
        for name in try Folder.names(in: folder) {
            guard let name = name.text, isLeftover(name) else { continue }
            let path = folder + "/" + name
            guard unlink(path) == 0 || errno == ENOENT else { throw FileSystemError(.remove, path: path) }
        }
    }

    /// Whether a file of this name is one that a killed process left.
    package static func isLeftover(_ name: String) -> Bool { name.hasSuffix(temporarySuffix) }

    /// What is being written: a new temporary file, to which pieces are appended.
    package struct Content: ~Copyable {
        fileprivate var file: OwnedFile

        /// The temporary file's path, for libraries that write by name.
        package var path: String { file.path }

        /// More writers of one name at once than this is a fault.
        private static let attemptLimit = 1_000

        fileprivate init(folder: String, name: String, audience: Audience) throws(FileSystemError) {
            var attempt = 0
            while true {
                let temporary = "\(folder)/.\(name).\(getpid()).\(attempt)\(temporarySuffix)"
                do throws(FileSystemError) {
                    file = try OwnedFile(temporary, .creating(for: audience))
                    return
                } catch {
                    attempt += 1
                    guard error.code == EEXIST, attempt < Self.attemptLimit else {
                        throw FileSystemError(error.operation, path: "\(folder)/\(name)", code: error.code)
                    }
                }
            }
        }

        /// Appends bytes that lie in one piece of memory.
        package func append(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) {
            try file.write(bytes)
        }

        /// Appends bytes.
        package func append(_ bytes: [UInt8]) throws(FileSystemError) {
            try bytes.withUnsafeBufferPointer { (buffer) throws(FileSystemError) in
                try file.write(UnsafeRawBufferPointer(buffer))
            }
        }

        /// Appends floats as they lie in memory, which is little-endian on every machine supported.
        package func append(floats: [Float]) throws(FileSystemError) {
            try floats.withUnsafeBufferPointer { (buffer) throws(FileSystemError) in
                try file.write(UnsafeRawBufferPointer(buffer))
            }
        }
    }

    private static func rename(_ source: String, to target: String) throws(FileSystemError) {
        guard Glibc.rename(source, target) == 0 else { throw FileSystemError(.rename, path: target) }
    }

    private static func synchronize(folder: String) throws(FileSystemError) {
        let directory = try OwnedFile(folder, .reading)
        do throws(FileSystemError) {
            try directory.synchronize()
        } catch {
            // Some network file systems can't sync a folder; their server makes names durable.
            guard error.code == EINVAL else { throw error }
        }
    }

    private static func parts(of path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = slash == path.utf8.startIndex ? "/" : String(path[..<slash])
        return (folder, String(path[path.utf8.index(after: slash)...]))
    }
}
