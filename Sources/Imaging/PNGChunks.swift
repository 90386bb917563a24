/// The chunks of a PNG file, walked before its pixels are read, and a copy of it that holds only what pixels
/// need, so that libpng never sees profiles, texts and the like.
///
/// Pillow's rule, which decides what is refused: every chunk before the pixels must have a right checksum,
/// ancillary ones too; the pixels' own are not looked at; after them a missing end is forgiven, a chunk cut
/// in half isn't.
struct PNGChunks {
    let width: Int
    let height: Int

    /// The content of the `eXIf` chunk.
    let exif: UnsafeRawBufferPointer?

    /// A PNG file of the header, the palette and the pixels; the pixels' checksums are missing.
    let essence: [UInt8]

    init(checking bytes: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        var exif: UnsafeRawBufferPointer?
        var size: (width: Int, height: Int)?
        var reachedPixels = false
        var offset = 8
        var essence = Array(bytes[..<offset])
        essence.reserveCapacity(bytes.count)
        while offset + 8 <= bytes.count {
            let count = Int(bytes.bigEndian32(at: offset))
            let name = Name(bytes: bytes, offset: offset + 4)
            guard name.isPlausible else {
                if reachedPixels { break }
                throw .damaged(.png, detail: "a chunk without a name")
            }
            let content = offset + 8
            let isComplete = content + count <= bytes.count
            let end = min(content + count, bytes.count)
            if name == .imageData {
                guard size != nil else { throw .damaged(.png, detail: "pixels before the header") }
                reachedPixels = true
                Self.append(name, bytes[content..<end], to: &essence)
                if !isComplete { break }
            } else {
                guard isComplete else { throw .truncated(.png) }
                if reachedPixels && name == .end { break }
                if !reachedPixels { try Self.checkSum(of: bytes, content: content, count: count) }
                if name == .header && count >= 13 {
                    size = (Int(bytes.bigEndian32(at: content)), Int(bytes.bigEndian32(at: content + 4)))
                }
                if (name == .header || name == .palette) && !reachedPixels {
                    Self.append(name, bytes[content..<end], to: &essence)
                }
                if name == .exif { exif = UnsafeRawBufferPointer(rebasing: bytes[content..<end]) }
            }
            offset = content + count + 4
        }
        guard let size, reachedPixels else { throw .truncated(.png) }
        (width, height) = size
        self.exif = exif
        self.essence = essence
    }

    /// Adds a chunk to the essence, its checksum zero.
    private static func append(
        _ name: Name, _ content: Slice<UnsafeRawBufferPointer>, to essence: inout [UInt8]
    ) {
        for value in [UInt32(content.count), name.code] {
            withUnsafeBytes(of: value.bigEndian) { essence.append(contentsOf: $0) }
        }
        essence.append(contentsOf: content)
        essence.append(contentsOf: repeatElement(0, count: 4))
    }

    private static func checkSum(
        of bytes: UnsafeRawBufferPointer, content: Int, count: Int
    ) throws(ImageDecodingError) {
        guard content + count + 4 <= bytes.count else { throw .truncated(.png) }
        let computed = CyclicRedundancyCheck.value(of: bytes[(content - 4)..<(content + count)])
        guard computed == bytes.bigEndian32(at: content + count) else {
            throw .damaged(.png, detail: "a chunk's checksum is wrong")
        }
    }

    private struct Name: Equatable {
        let code: UInt32

        init(code: UInt32) { self.code = code }
        init(bytes: UnsafeRawBufferPointer, offset: Int) { code = bytes.bigEndian32(at: offset) }

        static let header = Name(code: 0x4948_4452)
        static let palette = Name(code: 0x504C_5445)
        static let imageData = Name(code: 0x4944_4154)
        static let end = Name(code: 0x4945_4E44)
        static let exif = Name(code: 0x6558_4966)

        /// Letters, digits and underscores, which is what Pillow takes for a name.
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

/// CRC-32 as PNG and zlib define it (polynomial 0xEDB88320, reflected).
enum CyclicRedundancyCheck {
    private static let table: [UInt32] = (0..<256).map { start in
        (0..<8).reduce(UInt32(start)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    static func value(of bytes: Slice<UnsafeRawBufferPointer>) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            ~bytes.reduce(UInt32.max) { sum, byte in table[Int((sum ^ UInt32(byte)) & 255)] ^ (sum >> 8) }
        }
    }
}
