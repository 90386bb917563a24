import Glibc

/// An append-only file of small records with keys, for data that is slow to compute and cheap to lose.
///
/// The header is the mark and the number of bytes in use, which is written after the records that it counts;
/// anything beyond it, left by a killed process, is overwritten. Each record has a checksum, and everything
/// from the first damaged record on is ignored. Processes append under a lock. A file that would exceed its
/// capacity is rewritten at half the size with the newest records.
package struct RecordFile: Sendable {
    package let path: String
    /// Eight bytes that identify the meaning of the records and its version.
    let mark: [UInt8]
    /// The length of a record's key, its first bytes. Of two records with the same key, the later counts.
    let keyByteCount: Int
    let capacityBytes: Int

    /// The mark and the bytes in use.
    static let headerByteCount = 16

    /// The file is created when there is something to append.
    package init(path: String, mark: StaticString, keyByteCount: Int, capacityBytes: Int) {
        precondition(mark.utf8CodeUnitCount == 8 && keyByteCount % 8 == 0, "a mark and keys are whole words")
        precondition(capacityBytes <= 1 << 31, "places in the file are 32 bits")
        self.path = path
        self.mark = mark.withUTF8Buffer { Array($0) }
        self.keyByteCount = keyByteCount
        self.capacityBytes = capacityBytes
    }

    private var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }

    /// All valid records; none if the file is missing, unreadable or of another kind. Everything from the
    /// first damaged record on is removed from the file.
    package func read() -> RecordTable {
        // An earlier version may have left it readable by others.
        keepPrivate(folder)
        guard let file = try? OwnedFile(path, .reading), let end = try? self.end(of: file),
            let table = try? read(file)
        else { return RecordTable(bytes: [], keyByteCount: keyByteCount) }
        if table.endOfRecords < end { try? cut(from: end, to: table.endOfRecords) }
        return table
    }

    /// Removes the damaged records unless another process has appended meanwhile.
    private func cut(from end: Int, to goodEnd: Int) throws(FileSystemError) {
        let file = try OwnedFile(path, .updating)
        guard try file.lock(), try file.isStillNamed(), try self.end(of: file) == end else { return }
        try write([], to: file, at: goodEnd)
    }

    package func append(_ batch: RecordBatch) throws(FileSystemError) {
        guard !batch.bytes.isEmpty else { return }
        try Folder.createPrivate(folder)
        for _ in 0..<Self.lockTries {
            let file = try OwnedFile(path, .updating)
            guard try file.lock() else {
                usleep(Self.lockPauseMicroseconds)
                continue
            }
            // Another process may have replaced the file by a smaller one between opening and locking.
            guard try file.isStillNamed() else { continue }
            let end = try self.end(of: file)
            if end + batch.bytes.count > capacityBytes, end > Self.headerByteCount {
                try shrink(file)
                continue
            }
            try write(batch.bytes, to: file, at: end)
            return
        }
        throw FileSystemError(.lock, path: path, code: EBUSY)
    }

    /// Two seconds in total; others hold the lock for one write.
    private static let lockTries = 200
    private static let lockPauseMicroseconds: UInt32 = 10_000

    private func read(_ file: borrowing OwnedFile) throws(FileSystemError) -> RecordTable {
        let end = min(try self.end(of: file), capacityBytes)
        var bytes = [UInt8](repeating: 0, count: end)
        let count = try readAll(file, into: &bytes)
        return RecordTable(bytes: Array(bytes.prefix(count)), keyByteCount: keyByteCount)
    }

    private func readAll(
        _ file: borrowing OwnedFile, into bytes: inout [UInt8]
    ) throws(FileSystemError) -> Int {
        var result: Result<Int, FileSystemError> = .success(0)
        bytes.withUnsafeMutableBytes { buffer in
            do throws(FileSystemError) { result = .success(try file.read(into: buffer, at: 0)) } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    /// The offset of the next record, which is directly after the header if the file is empty or of another
    /// kind.
    private func end(of file: borrowing OwnedFile) throws(FileSystemError) -> Int {
        var header = [UInt8](repeating: 0, count: Self.headerByteCount)
        guard try readAll(file, into: &header) == Self.headerByteCount, Array(header[..<8]) == mark else {
            return Self.headerByteCount
        }
        let end = header.withUnsafeBytes { UInt64(littleEndian: $0.load(fromByteOffset: 8, as: UInt64.self)) }
        let size = Int(try file.status().st_size)
        return min(max(Int(clamping: end), Self.headerByteCount), size)
    }

    /// Writes the records, then the header that counts them.
    private func write(_ records: [UInt8], to file: borrowing OwnedFile, at end: Int) throws(FileSystemError)
    {
        try put(records, to: file, at: end)
        let length = UInt64(end + records.count)
        try put(mark + withUnsafeBytes(of: length.littleEndian) { Array($0) }, to: file, at: 0)
    }

    private func put(
        _ bytes: [UInt8], to file: borrowing OwnedFile, at offset: Int
    ) throws(FileSystemError) {
        var failure: FileSystemError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileSystemError) { try file.write(buffer, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Replaces a full file, whose lock is held, by one with the newest records.
    private func shrink(_ file: borrowing OwnedFile) throws(FileSystemError) {
        let kept = try read(file).newest(byteCount: capacityBytes / 2)
        let new = path + ".new"
        unlink(new)
        let replacement = try OwnedFile(new, .creating(for: .owner))
        try write(kept, to: replacement, at: Self.headerByteCount)
        guard rename(new, path) == 0 else { throw FileSystemError(.rename, path: path) }
    }
}

package struct RecordBatch: Sendable {
    fileprivate(set) var bytes: [UInt8] = []

    package init() {}

    package var isEmpty: Bool { bytes.isEmpty }

    package var byteCount: Int { bytes.count }

    /// Adds a record, which begins with its key.
    package mutating func add(_ record: [UInt8]) {
        record.withUnsafeBytes { record in
            let length = UInt32(record.count)
            withUnsafeBytes(of: length.littleEndian) { bytes += $0 }
            withUnsafeBytes(of: RecordTable.checksum(record).littleEndian) { bytes += $0 }
            bytes += record
        }
    }
}

/// The records of a file at the time it was read, found by key.
package struct RecordTable: Sendable {
    private let bytes: [UInt8]
    private let keyByteCount: Int
    /// The records' offsets in a hash table by key; 0 for an empty slot.
    private var slots: [UInt32] = []

    /// The offset after the last valid record.
    private(set) var endOfRecords = RecordFile.headerByteCount

    /// The number of distinct keys.
    package private(set) var count = 0

    /// A record's length (4 bytes) and checksum (8 bytes).
    private static let frameByteCount = 12

    /// - Parameter bytes: the file's content with its header; everything from the first damaged record on is
    ///   ignored.
    package init(bytes: [UInt8], keyByteCount: Int) {
        self.bytes = bytes
        self.keyByteCount = keyByteCount
        bytes.withUnsafeBytes { file in
            var records: [UInt32] = []
            var place = RecordFile.headerByteCount
            while let record = Self.record(at: place, in: file), record.count >= keyByteCount,
                Self.checksum(record) == Self.load(UInt64.self, at: place + 4, in: file)
            {
                records.append(UInt32(place))
                place += Self.frameByteCount + record.count
            }
            var size = 16
            while size < 2 * records.count { size *= 2 }
            slots = [UInt32](repeating: 0, count: size)
            for place in records { insert(place, in: file) }
            endOfRecords = place
        }
    }

    private static func load<Word: FixedWidthInteger>(
        _: Word.Type, at place: Int, in file: UnsafeRawBufferPointer
    ) -> Word { Word(littleEndian: file.loadUnaligned(fromByteOffset: place, as: Word.self)) }

    private static func record(at place: Int, in file: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let start = place + frameByteCount
        guard start <= file.count else { return nil }
        let length = Int(load(UInt32.self, at: place, in: file))
        guard length <= file.count - start else { return nil }
        return UnsafeRawBufferPointer(rebasing: file[start..<start + length])
    }

    private mutating func insert(_ place: UInt32, in file: UnsafeRawBufferPointer) {
        guard let record = Self.record(at: Int(place), in: file) else { return }
        let slot = slot(of: UnsafeRawBufferPointer(rebasing: record[..<keyByteCount]), in: file)
        if slots[slot] == 0 { count += 1 }
        slots[slot] = place
    }

    /// The slot with the key, or the empty slot where it belongs.
    private func slot(of key: UnsafeRawBufferPointer, in file: UnsafeRawBufferPointer) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.checksum(key)) & mask
        while slots[slot] != 0 {
            let start = Int(slots[slot]) + Self.frameByteCount
            let isSame = stride(from: 0, to: keyByteCount, by: 8).allSatisfy {
                Self.load(UInt64.self, at: start + $0, in: file) == Self.load(UInt64.self, at: $0, in: key)
            }
            if isSame { break }
            slot = (slot + 1) & mask
        }
        return slot
    }

    /// Calls `body` with the bytes after the key in its newest record; `nil` if there is none.
    package func value<Value>(of key: [UInt8], _ body: (UnsafeRawBufferPointer) -> Value) -> Value? {
        guard key.count == keyByteCount else { return nil }
        return bytes.withUnsafeBytes { file in
            key.withUnsafeBytes { key in
                guard let record = Self.record(at: Int(slots[slot(of: key, in: file)]), in: file),
                    slots[slot(of: key, in: file)] != 0
                else { return nil }
                return body(UnsafeRawBufferPointer(rebasing: record[keyByteCount...]))
            }
        }
    }

    /// The newest records with their frames, the last of each key, limited to `byteCount` bytes.
    func newest(byteCount: Int) -> [UInt8] {
        bytes.withUnsafeBytes { file in
            let current = slots.filter { $0 != 0 }.sorted()
            var sizes = current.map {
                Self.frameByteCount + Int(Self.load(UInt32.self, at: Int($0), in: file))
            }
            var total = sizes.reduce(0, +)
            var first = 0
            while total > byteCount {
                total -= sizes[first]
                first += 1
            }
            sizes.removeFirst(first)
            var kept: [UInt8] = []
            kept.reserveCapacity(total)
            for (place, size) in zip(current[first...], sizes) {
                kept += file[Int(place)..<Int(place) + size]
            }
            return kept
        }
    }

    /// Detects damage but not tampering: the folder belongs to its user.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var sum = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
        func add(_ word: UInt64) {
            sum = (sum ^ word) &* 0xFF51_AFD7_ED55_8CCD
            sum ^= sum >> 32
        }
        var place = 0
        while place + 8 <= bytes.count {
            add(load(UInt64.self, at: place, in: bytes))
            place += 8
        }
        var rest: UInt64 = 0
        for byte in bytes[place...] { rest = rest << 8 | UInt64(byte) }
        add(rest)
        return sum
    }
}
