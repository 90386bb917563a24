import Glibc

/// Writes files atomically and durably: a file is either complete or absent, even if the process or the
/// machine stops meanwhile.
///
/// The content goes to a temporary file next to the target, which is synced and renamed over the target; then
/// the folder is synced. Until the rename the old file is unchanged. After a failure the temporary file is
/// removed.
package enum DurableFile {
    /// The suffix of temporary files' names. Only a killed process leaves such a file behind.
    package static let temporarySuffix = ".headstart-partial"

    /// Writes `bytes` to `path`, replacing an existing file.
    package static func write(
        _ path: String, bytes: [UInt8], for audience: Audience = .owner
    ) throws(FileSystemError) {
        try write(path, for: audience) { (content: inout Content) throws(FileSystemError) in
            try content.append(bytes)
        }
    }

    /// Writes what `body` appends to `path`, replacing an existing file.
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
            // The reader of the message knows the target; the temporary name would be confusing.
            let path = error.path == content.file.path ? path : error.path
            throw FileSystemError(error.operation, path: path, code: error.code)
        }
        try synchronize(folder: folder)
    }

    /// Renames a finished and synced file to `path` on the same disk, replacing an existing file, and makes
    /// the new name durable.
    package static func move(_ finished: String, to path: String) throws(FileSystemError) {
        try Self.rename(finished, to: path)
        try synchronize(folder: parts(of: path).folder)
    }

    /// Creates the folder and its parents if they don't exist, and makes their names durable. If a folder's
    /// name were lost, so would be its content.
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
                // Permission to create a folder doesn't imply permission to open its parent.
                guard error.code == EACCES else { throw error }
            }
        }
    }

    /// Calls `body` with the path of a new, empty file next to `path`, which is removed afterwards.
    package static func withScratchFile(
        beside path: String, body: (String) throws(FileSystemError) -> Void
    ) throws(FileSystemError) {
        let (folder, name) = parts(of: path)
        let scratch = try Content(folder: folder, name: name, audience: .owner)
        defer { unlink(scratch.file.path) }
        try body(scratch.file.path)
    }

    /// Removes the temporary files that killed processes left in `folder`.
    ///
    /// - Precondition: no other process is writing there; the caller holds the folder's lock.
    package static func removeLeftovers(in folder: String) throws(FileSystemError) {
        for name in try Folder.names(in: folder) {
            guard let name = name.text, isLeftover(name) else { continue }
            let path = folder + "/" + name
            guard unlink(path) == 0 || errno == ENOENT else { throw FileSystemError(.remove, path: path) }
        }
    }

    /// Whether a file with this name was left by a killed process.
    package static func isLeftover(_ name: String) -> Bool { name.hasSuffix(temporarySuffix) }

    /// A file that is being written: a new temporary file to which pieces are appended.
    package struct Content: ~Copyable {
        fileprivate var file: OwnedFile

        /// The temporary file's path, for libraries that write by name.
        package var path: String { file.path }

        /// More concurrent writers of one name than this indicate an error.
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

        package func append(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) {
            try file.write(bytes)
        }

        package func append(_ bytes: [UInt8]) throws(FileSystemError) {
            try bytes.withUnsafeBufferPointer { (buffer) throws(FileSystemError) in
                try file.write(UnsafeRawBufferPointer(buffer))
            }
        }

        /// Appends floats as in memory, which is little-endian on every supported machine.
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
