/// The first directory of a TIFF file, or of EXIF data, which has the same layout; read as Pillow reads it.
///
/// libtiff repairs or drops invalid tags, whereas Pillow takes a tag as it is, and that decides which files
/// are refused.
struct TIFFDirectory {
    private let bytes: UnsafeRawBufferPointer
    private let isLittleEndian: Bool
    private let isBig: Bool
    private var entries: [Int: Entry] = [:]

    private struct Entry {
        let type: Int
        let offset: Int
        let count: Int
    }

    private static let sizes = [
        1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
    ]

    /// `nil` if the bytes don't begin as a TIFF file. A truncated directory has the entries before the cut.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 8, bytes[0] == bytes[1] else { return nil }
        self.bytes = bytes
        isLittleEndian = bytes[0] == UInt8(ascii: "I")
        guard isLittleEndian || bytes[0] == UInt8(ascii: "M") else { return nil }
        switch (bytes[2], bytes[3]) {
        case (42, 0), (0, 42): isBig = false
        case (43, 0) where isLittleEndian: isBig = true
        // Pillow reads the header of a big-endian BigTIFF as a classic one.
        case (0, 43) where !isLittleEndian: isBig = false
        default: return nil
        }
        guard bytes.count >= (isBig ? 16 : 8), let start = number(at: isBig ? 8 : 4, bytes: isBig ? 8 : 4)
        else {
            return nil
        }
        readEntries(at: start)
    }

    private mutating func readEntries(at start: Int) {
        let (countBytes, entryBytes, inlineBytes) = isBig ? (8, 20, 8) : (2, 12, 4)
        guard let count = number(at: start, bytes: countBytes) else { return }
        var offset = start + countBytes
        var bytesOutside = 0
        for _ in 0..<count {
            guard offset <= bytes.count - entryBytes, let tag = number(at: offset, bytes: 2),
                let type = number(at: offset + 2, bytes: 2),
                let valueCount = number(at: offset + 4, bytes: inlineBytes)
            else { return }
            defer { offset += entryBytes }
            guard entries[tag] == nil, let size = Self.sizes[type] else { continue }
            let (valueBytes, overflow) = valueCount.multipliedReportingOverflow(by: size)
            var place = offset + 4 + inlineBytes
            if overflow { continue }
            if valueBytes > inlineBytes {
                guard let target = number(at: place, bytes: inlineBytes) else { continue }
                place = target
                // The values outside the directory can't take more bytes than the file has.
                let sum = bytesOutside.addingReportingOverflow(valueBytes)
                if sum.overflow { return }
                bytesOutside = sum.partialValue
                if bytesOutside > bytes.count { continue }
                guard place <= bytes.count - valueBytes else { return }
            }
            entries[tag] = Entry(type: type, offset: place, count: valueCount)
        }
    }

    /// An unsigned number; `nil` past the end of the file, or if it needs more than 63 bits.
    private func number(at offset: Int, bytes count: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - count else { return nil }
        let value = (0..<count).reduce(UInt64(0)) { value, place in
            value << 8 | UInt64(bytes[offset + (isLittleEndian ? count - 1 - place : place)])
        }
        return Int(exactly: value)
    }

    func has(_ tag: Int) -> Bool { entries[tag] != nil }

    func count(_ tag: Int) -> Int { entries[tag]?.count ?? 0 }

    /// The values of an integer tag; `nil` if it is missing or of another type.
    func numbers(_ tag: Int) -> [Int]? {
        guard let entry = entries[tag], let size = Self.sizes[entry.type],
            [3, 4, 6, 8, 9, 13, 16].contains(entry.type)
        else { return nil }
        return (0..<entry.count).map { index in
            let value = number(at: entry.offset + index * size, bytes: size) ?? .max
            let signs = [6, 8, 9].contains(entry.type) && value >> (8 * size - 1) == 1
            return signs ? value - 1 << (8 * size) : value
        }
    }

    func content(_ tag: Int) -> UnsafeRawBufferPointer? {
        guard let entry = entries[tag], let size = Self.sizes[entry.type] else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[entry.offset..<(entry.offset + entry.count * size)])
    }

    /// How the picture must be turned: by the orientation tag, or, if there is none, by the XMP packet.
    var orientation: ExifOrientation? {
        guard has(Tag.orientation) else { return content(Tag.xmp).flatMap { ExifOrientation(xmp: $0) } }
        return numbers(Tag.orientation)?.first.flatMap { ExifOrientation(rawValue: UInt16(clamping: $0)) }
    }

    enum Tag {
        static let width = 256
        static let height = 257
        static let bits = 258
        static let compression = 259
        static let photometric = 262
        static let fillOrder = 266
        static let stripOffsets = 273
        static let orientation = 274
        static let samples = 277
        static let rowsPerStrip = 278
        static let planarConfiguration = 284
        static let palette = 320
        static let tileWidth = 322
        static let tileHeight = 323
        static let tileOffsets = 324
        static let extraSamples = 338
        static let sampleFormat = 339
        static let xmp = 700
    }
}
