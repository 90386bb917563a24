import Glibc

/// An open file: the one door to the system's file calls, which retries interrupted ones and throws the
/// others' errors.
///
/// Reading and writing at an offset may be done from several threads at once.
package struct OwnedFile: ~Copyable, Sendable {
    /// How a file is opened.
    package enum Mode: Sendable {
        /// An existing file, to read.
        case reading
        /// A file that must not exist yet, to write.
        case creating(for: Audience)
        /// A file that is made if it is absent, to read and to write: its owner's alone, also where it was
        /// more.
        case updating
    }

    package let path: String
    private var descriptor: Int32

    /// Opens a file; a pipe or device that nobody serves doesn't block.
    package init(_ path: String, _ mode: Mode) throws(FileSystemError) {
        self.path = path
        let operation: FileSystemError.Operation
        switch mode {
        case .reading:
            operation = .open
            descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        case .creating(let audience):
            operation = .create
            descriptor = open(
                path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, audience.filePermissions)
        case .updating:
            operation = .open
            keepPrivate(path)
            descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, Audience.owner.filePermissions)
        }
        guard descriptor >= 0 else { throw FileSystemError(operation, path: path) }
    }

    deinit {
        if descriptor >= 0 {
            _ = Glibc.close(descriptor)
        }
    }

    /// Closes the file and says whether that failed, as it may where writing is deferred (NFS).
    package mutating func close() throws(FileSystemError) {
        let closing = descriptor
        descriptor = -1
        // An interrupted close has closed the descriptor on Linux; repeating it might close another thread's.
        guard Glibc.close(closing) == 0 || errno == EINTR else { throw FileSystemError(.close, path: path) }
    }

    /// The file's size in bytes, its kind and times.
    package func status() throws(FileSystemError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileSystemError(.inspect, path: path) }
        return status
    }

    /// Fills `buffer` from `offset` on, as far as the file goes, and returns the number of bytes read.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileSystemError)
        -> Int
    {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count == 0 { break }
            if count > 0 {
                done += count
            } else if errno != EINTR {
                throw FileSystemError(.read, path: path)
            }
        }
        return done
    }

    /// Writes all of `bytes` at the file's position.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                throw FileSystemError(.write, path: path)
            }
        }
    }

    /// Writes all of `bytes` at `offset`.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileSystemError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                throw FileSystemError(.write, path: path)
            }
        }
    }

    /// Takes the file for this holder alone, until it is closed; `false` if another holder has it, here or in
    /// another process.
    ///
    /// - Parameter waits: until the other holder gives it up.
    package func lock(waits: Bool = false) throws(FileSystemError) -> Bool {
        while flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return false }
            guard errno == EINTR else { throw FileSystemError(.lock, path: path) }
        }
        return true
    }

    /// Gives up `lock`, for an owner that others may keep alive.
    package func unlock() {
        _ = flock(descriptor, LOCK_UN)
    }

    /// Whether the file still bears its name; another process may have renamed or removed it before it was
    /// locked.
    package func isStillNamed() throws(FileSystemError) -> Bool {
        let own = try status()
        var named = stat()
        return stat(path, &named) == 0 && named.st_ino == own.st_ino && named.st_dev == own.st_dev
    }

    /// Sets the file's length.
    package func truncate(to byteCount: Int) throws(FileSystemError) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw FileSystemError(.write, path: path) }
    }

    /// Waits until the content is on the disk. A failure is not to be retried: what was written may be gone.
    package func synchronize() throws(FileSystemError) {
        guard fsync(descriptor) == 0 else { throw FileSystemError(.synchronize, path: path) }
    }

    /// Reads the whole file in pieces of at most 1 MiB, from its beginning.
    package func forEachPiece(_ body: (UnsafeRawBufferPointer) -> Void) throws(FileSystemError) {
        // Most files are pictures, for which a megabyte would cost more than reading them.
        let size = min(max(Int(try status().st_size), 4096), 1 << 20)
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { piece.deallocate() }
        var offset = 0
        while true {
            let count = try read(into: piece, at: offset)
            if count == 0 { return }
            body(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            offset += count
        }
    }
}

extension OwnedFile {
    /// Opens a regular file to read; whatever else bears the name, a pipe or a device, is an error at once.
    package static func regular(_ path: String) throws(FileSystemError) -> OwnedFile {
        let file = try OwnedFile(path, .reading)
        let kind = try file.status().st_mode & S_IFMT
        guard kind == S_IFREG else {
            throw FileSystemError(.read, path: path, code: kind == S_IFDIR ? EISDIR : ENOTSUP)
        }
        return file
    }

    /// The whole content of a regular file.
    package static func contents(of path: String) throws(FileSystemError) -> [UInt8] {
        let file = try regular(path)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(try file.status().st_size))
        try file.forEachPiece { bytes += $0 }
        return bytes
    }
}

extension ContentDigest {
    /// Hashes a file, piece by piece, and says how long it was.
    package static func hashing(file path: String) throws(FileSystemError) -> (
        digest: ContentDigest, byteCount: Int
    ) {
        try hashing(try OwnedFile.regular(path))
    }

    /// Hashes an open file.
    static func hashing(_ file: borrowing OwnedFile) throws(FileSystemError) -> (
        digest: ContentDigest, byteCount: Int
    ) {
        var hasher = ContentHasher()
        var byteCount = 0
        try file.forEachPiece { piece in
            hasher.update(piece)
            byteCount += piece.count
        }
        return (hasher.finalize(), byteCount)
    }
}
