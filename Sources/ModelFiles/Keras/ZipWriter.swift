import CMinizip
import Files
import Glibc

/// Writes a new ZIP archive of uncompressed entries.
///
/// The archive's bytes depend only on what is written; every entry has the format's earliest date.
struct ZipWriter: ~Copyable {
    private var handle: zipFile?
    private let path: String

    /// 1 January 1980 in MS-DOS format.
    private static let firstDate: uLong = (1 << 5 | 1) << 16
    /// Entries of at least this size need the format's 64-bit form.
    private static let longEntry = 0xFFFF_FFFF

    /// Creates the archive, replacing an existing file.
    init(path: String) throws(FileSystemError) {
        self.path = path
        guard let handle = zipOpen64(path, APPEND_STATUS_CREATE) else {
            throw FileSystemError(.write, path: path)
        }
        self.handle = handle
    }

    deinit {
        if handle != nil { zipClose(handle, nil) }
    }

    func add(_ name: String, bytes: [UInt8]) throws(FileSystemError) {
        try begin(name, byteCount: bytes.count)
        try bytes.withUnsafeBufferPointer { (buffer) throws(FileSystemError) in
            try check(append(UnsafeRawBufferPointer(buffer)))
        }
        try check(zipCloseFileInZip(handle))
    }

    /// Adds an entry with a file's content, piece by piece.
    func add(_ name: String, contentOf file: borrowing OwnedFile) throws(FileSystemError) {
        try begin(name, byteCount: Int(try file.status().st_size))
        var status = ZIP_OK
        try file.forEachPiece { piece in
            if status == ZIP_OK { status = append(piece) }
        }
        try check(status)
        try check(zipCloseFileInZip(handle))
    }

    /// Writes the directory and closes the archive.
    mutating func finish() throws(FileSystemError) {
        let closing = handle
        handle = nil
        try check(zipClose(closing, nil))
    }

    private func begin(_ name: String, byteCount: Int) throws(FileSystemError) {
        var information = zip_fileinfo()
        information.dosDate = Self.firstDate
        let stored: Int32 = 0
        try check(
            zipOpenNewFileInZip64(
                handle, name, &information, nil, 0, nil, 0, nil, stored, stored,
                byteCount >= Self.longEntry ? 1 : 0))
    }

    private func append(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        zipWriteInFileInZip(handle, bytes.baseAddress, UInt32(bytes.count))
    }

    private func check(_ status: Int32) throws(FileSystemError) {
        guard status == ZIP_OK else {
            throw FileSystemError(.write, path: path, code: errno == 0 ? EIO : errno)
        }
    }
}
