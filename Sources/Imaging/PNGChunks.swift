import CZlib

/// Walks the chunks of a PNG file as Pillow does.
///
/// Pillow's rules decide which files are refused. Every chunk before the pixels, including ancillary ones,
/// must have a valid checksum; the checksums of the pixels aren't checked. The pixel chunks must be
/// consecutive. After them a missing end is accepted, but a truncated chunk isn't. The content of some chunks
/// must have a minimum length, wherever they are.
struct PNGChunks {
    private(set) var header = PNGHeader()

    /// Red, green, blue of each entry; `nil` if the file has no palette. As in Pillow, the last palette
    /// counts.
    private(set) var palette: [UInt8]?

    /// The content of the `eXIf` chunk, and the XMP packet.
    private(set) var exif: [UInt8] = []
    private(set) var xmp: [UInt8] = []

    private let bytes: UnsafeRawBufferPointer
    private var offset = 8
    private var rules = PNGChunkRules()
    private var isAnimated = false

    /// The unread bytes of the current pixel chunk.
    private var pixelBytesLeft = 0

    /// Pillow reads pixels in pieces of this size.
    private static let pieceBytes = 1 << 16

    /// Reads up to the first pixels.
    init(_ bytes: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        self.bytes = bytes
        while true {
            guard offset + 8 <= bytes.count else { throw .truncated(.png) }
            let name = Name(bytes: bytes, offset: offset + 4)
            guard name.isPlausible else { throw .damaged(.png, detail: "a chunk without a name") }
            let count = Int(bytes.bigEndian32(at: offset))
            offset += 8
            if name == .frameData { try rules.checkFrameData(bytes, at: offset, count: count) }
            if name == .imageData || name == .frameData {
                let skipped = name == .frameData ? 4 : 0
                offset += skipped
                pixelBytesLeft = count - skipped
                break
            }
            guard name != .end else { throw .truncated(.png) }
            try readContent(of: name, count: count)
            try checkSum(count: count)
        }
        try header.check()
        guard palette?.count ?? 0 <= 768 else {
            throw .damaged(.png, detail: "a palette of too many colours")
        }
        guard rules.region == nil || rules.region == [0, 0, header.width, header.height] else {
            throw .unsupported(.png, detail: "an animation whose first frame is a part of the picture")
        }
        isAnimated = rules.isAnimated
    }

    /// Reads one whole chunk, whose content starts at `offset`.
    private mutating func readContent(of name: Name, count: Int) throws(ImageDecodingError) {
        guard offset + count <= bytes.count else { throw .truncated(.png) }
        let content = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
        offset += count
        if name == .header { try header.read(content) }
        if name == .palette && header.isIndexed { palette = Array(content) }
        if name == .exif { exif = Array(content) }
        if let text = try rules.check(name, content, header: header) { xmp = text }
    }

    /// Checks the checksum of the chunk whose content ends at `offset`.
    private mutating func checkSum(count: Int) throws(ImageDecodingError) {
        guard offset + 4 <= bytes.count else { throw .truncated(.png) }
        let computed = CyclicRedundancyCheck.value(of: bytes[(offset - count - 4)..<offset])
        guard computed == bytes.bigEndian32(at: offset) else {
            throw .damaged(.png, detail: "a chunk's checksum is wrong")
        }
        offset += 4
    }

    /// Reads the next piece of compressed pixels.
    mutating func readPiece() throws(ImageDecodingError) -> UnsafeRawBufferPointer {
        while pixelBytesLeft == 0 {
            let next = offset + 4
            guard next + 8 <= bytes.count else { throw .truncated(.png) }
            let name = Name(bytes: bytes, offset: next + 4)
            let count = Int(bytes.bigEndian32(at: next))
            guard name == .imageData || name == .frameData else { throw .truncated(.png) }
            offset = next + 8
            pixelBytesLeft = count
            if name == .frameData {
                try rules.checkFrameData(bytes, at: offset, count: count)
                offset += 4
                pixelBytesLeft -= 4
            }
        }
        let count = min(pixelBytesLeft, Self.pieceBytes)
        pixelBytesLeft -= count
        let end = min(offset + count, bytes.count)
        guard offset < end else { throw .truncated(.png) }
        defer { offset = end }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
    }

    /// Reads the chunks after the last pixel.
    mutating func readRest() throws(ImageDecodingError) {
        offset = min(offset + pixelBytesLeft, bytes.count) + 4
        while offset + 8 <= bytes.count {
            let name = Name(bytes: bytes, offset: offset + 4)
            guard name.isPlausible, name != .end else { return }
            if name == .frameControl && isAnimated { return }
            let count = Int(bytes.bigEndian32(at: offset))
            offset += 8
            if name == .frameData { try rules.checkFrameData(bytes, at: offset, count: count) }
            if name == .header {
                var other = PNGHeader()
                guard offset + count <= bytes.count else { throw .truncated(.png) }
                try other.read(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)]))
                offset += count
            } else {
                try readContent(of: name, count: count)
            }
            offset += 4
        }
    }

    /// A copy that has read the whole file, since EXIF and XMP may follow the pixels.
    func readingToEnd() -> PNGChunks {
        var chunks = self
        while (try? chunks.readPiece()) != nil {}
        try? chunks.readRest()
        return chunks
    }

    struct Name: Equatable {
        let code: UInt32

        init(bytes: UnsafeRawBufferPointer, offset: Int) { code = bytes.bigEndian32(at: offset) }
        init(_ letters: StaticString) {
            code = letters.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt32($1) } }
        }

        static let header = Name("IHDR")
        static let palette = Name("PLTE")
        static let imageData = Name("IDAT")
        static let end = Name("IEND")
        static let exif = Name("eXIf")
        static let frameControl = Name("fcTL")
        static let frameData = Name("fdAT")

        /// Whether there are only letters, digits and underscores, which is what Pillow accepts as a name.
        var isPlausible: Bool {
            stride(from: 0, to: 32, by: 8).allSatisfy { shift in
                switch UInt8(truncatingIfNeeded: code >> UInt32(shift)) {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        }
    }
}

/// CRC-32 as PNG and zlib define it.
enum CyclicRedundancyCheck {
    static func value(of bytes: Slice<UnsafeRawBufferPointer>) -> UInt32 {
        UnsafeRawBufferPointer(rebasing: bytes).withMemoryRebound(to: UInt8.self) { bytes in
            UInt32(truncatingIfNeeded: crc32_z(0, bytes.baseAddress, bytes.count))
        }
    }
}
