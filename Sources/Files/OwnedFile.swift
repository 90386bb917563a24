import Glibc

/// An open file. Its calls are retried if they are interrupted, and other failures are thrown.
///
/// Reading and writing at an offset is safe from several threads at once.
package struct OwnedFile: ~Copyable, Sendable {
    package enum Mode: Sendable {
        case reading
        /// Creates a new file for writing; fails if it exists.
        case creating(for: Audience)
        /// Opens a file for reading and writing, creating it if necessary. Only its owner can access it, even
        /// if it was shared before.
        case updating
    }

    package let path: String
    private var descriptor: Int32

    /// Opens a file. For reading, this doesn't block on a pipe or device without a peer.
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

    /// Closes the file and throws if that fails, as it may if writes are deferred (NFS).
    package mutating func close() throws(FileSystemError) {
        let closing = descriptor
        descriptor = -1
        // On Linux an interrupted close has closed the descriptor; a retry might close another thread's.
        guard Glibc.close(closing) == 0 || errno == EINTR else { throw FileSystemError(.close, path: path) }
    }

    /// The file's size in bytes, kind and times.
    package func status() throws(FileSystemError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileSystemError(.inspect, path: path) }
        return status
    }

    /// Fills `buffer` from `offset` on, up to the end of the file, and returns the number of bytes read.
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

    /// Locks the file for this holder until it is closed; `false` if another holder, in this process or
    /// another, has it locked.
    ///
    /// - Parameter waits: whether to wait until the other holder releases it.
    package func lock(waits: Bool = false) throws(FileSystemError) -> Bool {
        while flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return false }
            guard errno == EINTR else { throw FileSystemError(.lock, path: path) }
        }
        return true
    }

    /// Releases the lock, for a file that other owners may keep open.
    package func unlock() {
        _ = flock(descriptor, LOCK_UN)
    }

    /// Whether `path` still names this file; another process may have renamed or removed it before it was
    /// locked.
    package func isStillNamed() throws(FileSystemError) -> Bool {
        let own = try status()
        var named = stat()
        return stat(path, &named) == 0 && named.st_ino == own.st_ino && named.st_dev == own.st_dev
    }

    package func truncate(to byteCount: Int) throws(FileSystemError) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw FileSystemError(.write, path: path) }
    }

    /// Waits until the content is on the disk. Don't retry after a failure: the written data may be lost.
    package func synchronize() throws(FileSystemError) {
        guard fsync(descriptor) == 0 else { throw FileSystemError(.synchronize, path: path) }
    }

    /// Reads the whole file in pieces of at most 1 MiB, from its beginning.
    package func forEachPiece(_ body: (UnsafeRawBufferPointer) -> Void) throws(FileSystemError) {
        // Most files are pictures, for which allocating a megabyte would cost more than reading them.
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
    /// Opens a regular file for reading; throws at once if the path is something else, such as a pipe or a
    /// device.
    package static func regular(_ path: String) throws(FileSystemError) -> OwnedFile {
        let file = try OwnedFile(path, .reading)
        let kind = try file.status().st_mode & S_IFMT
        guard kind == S_IFREG else {
            throw FileSystemError(.read, path: path, code: kind == S_IFDIR ? EISDIR : ENOTSUP)
        }
        return file
    }

    package static func contents(of path: String) throws(FileSystemError) -> [UInt8] {
        let file = try regular(path)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(try file.status().st_size))
        try file.forEachPiece { bytes += $0 }
        return bytes
    }
}
