import Glibc

/// Lists and creates folders. Names are the file system's exact bytes.
package enum Folder {
    package struct Name: Sendable {
        /// The name's bytes, without a terminating zero.
        package let bytes: [UInt8]
        /// The `DT_` value from the listing, which saves a system call; `DT_UNKNOWN` and `DT_LNK` need one.
        package let kind: UInt8

        /// The name as text; `nil` if it isn't UTF-8.
        package var text: String? { String(validating: bytes, as: UTF8.self) }
    }

    /// All names in `folder` except "." and "..", sorted by their bytes, which for UTF-8 is code-point order.
    package static func names(in folder: String) throws(FileSystemError) -> [Name] {
        guard let stream = opendir(folder) else { throw FileSystemError(.list, path: folder) }
        defer { closedir(stream) }
        // The record returned by readdir may be shorter than the struct, so it can't be copied as a whole.
        guard let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name),
            let kindOffset = MemoryLayout<dirent>.offset(of: \.d_type)
        else { preconditionFailure("dirent has its POSIX fields") }
        var names: [Name] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw FileSystemError(.list, path: folder) }
                break
            }
            let record = UnsafeRawPointer(entry)
            let start = record.advanced(by: nameOffset).assumingMemoryBound(to: CChar.self)
            guard strcmp(start, ".") != 0, strcmp(start, "..") != 0 else { continue }
            names.append(
                Name(
                    bytes: Array(UnsafeRawBufferPointer(start: start, count: strlen(start))),
                    kind: record.load(fromByteOffset: kindOffset, as: UInt8.self)))
        }
        return names.sorted { precedes($0.bytes, $1.bytes) }
    }

    /// Whether a name comes before another; a folder may have a million.
    private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { first in
            right.withUnsafeBytes { second in
                guard let one = first.baseAddress, let other = second.baseAddress else {
                    return first.count < second.count
                }
                let order = memcmp(one, other, min(first.count, second.count))
                return order != 0 ? order < 0 : first.count < second.count
            }
        }
    }

    /// Creates the folder and its parents if they don't exist.
    package static func create(
        _ path: String, for audience: Audience = .owner
    ) throws(FileSystemError) {
        let permissions = audience.folderPermissions
        if mkdir(path, permissions) == 0 { return }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw FileSystemError(.create, path: path, code: ENOTDIR)
            }
        case ENOENT:
            guard let slash = path.dropFirst().lastIndex(of: "/") else {
                throw FileSystemError(.create, path: path, code: ENOENT)
            }
            try create(String(path[..<slash]), for: audience)
            guard mkdir(path, permissions) == 0 || errno == EEXIST else {
                throw FileSystemError(.create, path: path)
            }
        case let code: throw FileSystemError(.create, path: path, code: code)
        }
    }

    /// Creates a folder that only its owner can access, or removes other users' permissions from an existing
    /// one.
    package static func createPrivate(_ path: String) throws(FileSystemError) {
        try create(path)
        keepPrivate(path)
    }
}
