import FileCalls

/// A call that changed a file or a folder.
package enum FileChange: Equatable, Sendable {
    case create(String)
    case write(String, offset: Int, bytes: [UInt8])
    case truncate(String, byteCount: Int)
    case synchronize(String)
    case rename(String, to: String)
    case remove(String)
    case makeFolder(String)

    /// What it is called in the order of calls that a test expects.
    package var name: String {
        switch self {
        case .create: "create"
        case .write: "write"
        case .truncate: "truncate"
        case .synchronize: "sync"
        case .rename: "rename"
        case .remove: "remove"
        case .makeFolder: "make folder"
        }
    }

    /// What `body` changes, in order, as the system was asked for it by this thread.
    package static func recorded(in body: () throws -> Void) rethrows -> [FileChange] {
        file_calls_begin()
        do { try body() } catch {
            _ = file_calls_end()
            throw error
        }
        return (0..<file_calls_end()).compactMap { FileChange(file_calls_get($0).pointee) }
    }

    private init?(_ call: FileCall) {
        let path = withUnsafeBytes(of: call.path) { Self.text($0) }
        switch FileCallKind(UInt32(call.kind)) {
        case FILE_CALL_CREATE: self = .create(path)
        case FILE_CALL_WRITE:
            let bytes = UnsafeBufferPointer(start: call.bytes, count: call.count)
            self = .write(path, offset: call.offset, bytes: Array(bytes))
        case FILE_CALL_TRUNCATE: self = .truncate(path, byteCount: call.offset)
        case FILE_CALL_SYNC: self = .synchronize(path)
        case FILE_CALL_RENAME: self = .rename(path, to: withUnsafeBytes(of: call.target) { Self.text($0) })
        case FILE_CALL_UNLINK: self = .remove(path)
        case FILE_CALL_MAKE_FOLDER: self = .makeFolder(path)
        default: return nil
        }
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
