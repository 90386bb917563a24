import Glibc

package struct FileSystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The operation, as the verb of the message.
    package enum Operation: String, Sendable {
        case open, create, read, write, close, rename, remove, list, inspect, lock
        case synchronize = "sync to disk"
    }

    package let operation: Operation
    package let path: String
    /// The value of `errno`.
    package let code: Int32

    package init(_ operation: Operation, path: String, code: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    package var reason: String { String(cString: strerror(code)) }

    package var description: String { "can't \(operation.rawValue) \(path): \(reason); \(remedy)" }

    private var remedy: String {
        switch code {
        case ENOSPC, EDQUOT: "free some space there or choose a folder on another disk"
        case EFBIG: "raise the limit on file sizes (ulimit -f) or choose another disk"
        case EACCES, EPERM: "check the permissions of the file and of the folders above it"
        case EROFS: "the disk is mounted read-only; choose another folder"
        case ENOENT: "check the path"
        case ENOTDIR: "a part of the path is not a folder; check the path"
        case EISDIR: "a folder is in the way; choose another name"
        case ENOTSUP: "it is a device or a pipe; a regular file is needed"
        case ELOOP: "links lead in a circle; remove one of them"
        case ENAMETOOLONG: "choose a shorter path"
        case EMFILE, ENFILE: "too many files are open; raise the limit (ulimit -n)"
        case EIO: "the disk reports a fault; check it before going on"
        default: "check the path and the disk"
        }
    }
}
