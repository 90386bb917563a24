import Glibc

/// What is done to folders: listing their names, byte for byte as the file system has them, and making them.
package enum Folder {
    /// One name in a folder.
    package struct Name: Sendable {
        /// The name's bytes, without a zero at the end.
        package let bytes: [UInt8]
        /// What the listing says it is, a `DT_` value, which spares a call; `DT_UNKNOWN` and `DT_LNK` need
        /// one.
        package let kind: UInt8

        /// The name as text; `nil` if it isn't UTF-8.
        package var text: String? { String(validating: bytes, as: UTF8.self) }
    }

    /// All names in `folder` but "." and "..", in the order of their bytes, which for UTF-8 is code-point
    /// order.
    package static func names(in folder: String) throws(FileSystemError) -> [Name] {
        guard let stream = opendir(folder) else { throw FileSystemError(.list, path: folder) }
        defer { closedir(stream) }
        // The record that readdir returns may be shorter than the struct, so that it can't be copied out
        // whole.
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

    /// Makes the folder and those above it, as far as they aren't there.
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

    /// Makes a folder for its owner's eyes, or takes from one that is there what others may do with it.
    package static func createPrivate(_ path: String) throws(FileSystemError) {
        try create(path)
        keepPrivate(path)
    }
}
