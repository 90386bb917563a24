import Glibc

/// A file of small records by key that is only appended to, for what takes long to find out and is cheap to
/// lose.
///
/// After the mark comes the number of bytes in use, which is written after the records it counts: what a
/// killed process left behind it is overwritten. Each record carries a checksum; from the first that is
/// damaged on, the file is taken for empty. Processes append under a lock. A file that would exceed its bound
/// is written anew with the newest records, half as large.
package struct RecordFile: Sendable {
    package let path: String
    /// Eight bytes that name what the records mean, with their version.
    let mark: [UInt8]
    /// A record's first bytes, by which it is found; of two with the same, the later counts.
    let keyByteCount: Int
    let capacityBytes: Int

    /// The mark and the bytes in use.
    static let headerByteCount = 16

    /// Names the file; it is made when there is something to append.
    package init(path: String, mark: StaticString, keyByteCount: Int, capacityBytes: Int) {
        precondition(mark.utf8CodeUnitCount == 8 && keyByteCount % 8 == 0, "a mark and keys are whole words")
        precondition(capacityBytes <= 1 << 31, "places in the file are 32 bits")
        self.path = path
        self.mark = mark.withUTF8Buffer { Array($0) }
        self.keyByteCount = keyByteCount
        self.capacityBytes = capacityBytes
    }

    private var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }

    /// All good records; none where there is no file, another's, or one that can't be read. What follows a
    /// damaged one is taken out of the file.
    package func read() -> RecordTable {
        // An earlier version may have left it to be read by others.
        keepPrivate(folder)
        guard let file = try? OwnedFile(path, .reading), let end = try? self.end(of: file),
            let table = try? read(file)
        else { return RecordTable(bytes: [], keyByteCount: keyByteCount) }
        if table.endOfRecords < end { try? cut(from: end, to: table.endOfRecords) }
        return table
    }

    /// Takes damaged records out, if nobody has added to them meanwhile.
    private func cut(from end: Int, to goodEnd: Int) throws(FileSystemError) {
        let file = try OwnedFile(path, .updating)
        guard try file.lock(), try file.isStillNamed(), try self.end(of: file) == end else { return }
        try write([], to: file, at: goodEnd)
    }

    /// Adds records, which are there for the next who reads.
    package func append(_ batch: RecordBatch) throws(FileSystemError) {
        guard !batch.bytes.isEmpty else { return }
        try Folder.createPrivate(folder)
        for _ in 0..<Self.lockTries {
            let file = try OwnedFile(path, .updating)
            guard try file.lock() else {
                usleep(Self.lockPauseMicroseconds)
                continue
            }
            // Another process may have put a smaller one in its place between opening and locking.
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

    /// Two seconds in all: others hold the lock for one write.
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

    /// Where the next record goes; behind the header of a file that is empty or not one of these.
    private func end(of file: borrowing OwnedFile) throws(FileSystemError) -> Int {
        var header = [UInt8](repeating: 0, count: Self.headerByteCount)
        guard try readAll(file, into: &header) == Self.headerByteCount, Array(header[..<8]) == mark else {
            return Self.headerByteCount
        }
        let end = header.withUnsafeBytes { UInt64(littleEndian: $0.load(fromByteOffset: 8, as: UInt64.self)) }
        let size = Int(try file.status().st_size)
        return min(max(Int(clamping: end), Self.headerByteCount), size)
    }

    /// Writes the records, then that they count.
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

    /// Puts a file with the newest records in the place of one that is full, whose lock is held.
    private func shrink(_ file: borrowing OwnedFile) throws(FileSystemError) {
        let kept = try read(file).newest(byteCount: capacityBytes / 2)
        let new = path + ".new"
        unlink(new)
        let replacement = try OwnedFile(new, .creating(for: .owner))
        try write(kept, to: replacement, at: Self.headerByteCount)
        guard rename(new, path) == 0 else { throw FileSystemError(.rename, path: path) }
    }
}

/// Records on their way into a file.
package struct RecordBatch: Sendable {
    fileprivate(set) var bytes: [UInt8] = []

    /// Nothing yet.
    package init() {}

    /// Whether there is nothing to append.
    package var isEmpty: Bool { bytes.isEmpty }

    /// The size that the records take.
    package var byteCount: Int { bytes.count }

    /// Adds a record, whose key comes first.
    package mutating func add(_ record: [UInt8]) {
        record.withUnsafeBytes { record in
            let length = UInt32(record.count)
            withUnsafeBytes(of: length.littleEndian) { bytes += $0 }
            withUnsafeBytes(of: RecordTable.checksum(record).littleEndian) { bytes += $0 }
            bytes += record
        }
    }
}

/// The records of a file as it was when it was read, found by key.
package struct RecordTable: Sendable {
    private let bytes: [UInt8]
    private let keyByteCount: Int
    /// Where the records begin, by a hash of the key; 0 for none.
    private var slots: [UInt32] = []

    /// Where the next record belongs.
    private(set) var endOfRecords = RecordFile.headerByteCount

    /// How many keys there are.
    package private(set) var count = 0

    /// A record's length and its checksum.
    private static let frameByteCount = 12

    /// - Parameter bytes: the file's with its header; from the first damaged record on it is left out.
    init(bytes: [UInt8], keyByteCount: Int) {
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

    /// The slot that has the key, or the empty one where it belongs.
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

    /// Looks at what follows the key in its newest record; `nil` where there is none.
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

    /// The frames of the newest records, each key's last, of at most so many bytes.
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

    /// Tells damage, not malice: the folder is its user's own.
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
