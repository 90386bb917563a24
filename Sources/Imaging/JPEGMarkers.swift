/// Walks the markers of a JPEG file up to its first scan, as Pillow does before libjpeg sees the file.
///
/// Pillow refuses some headers that libjpeg would accept: truncated tables, numbers that are no marker, and
/// samples of more than 8 bits.
struct JPEGMarkers {
    /// The EXIF data with its six-byte prefix; several segments are joined into one.
    private(set) var exif: [UInt8] = []

    /// The XMP packet; empty if there is none.
    private(set) var xmp: [UInt8] = []

    init(_ bytes: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        var offset = 3
        var hasFrame = false
        // Whether the byte before `offset` is 0xFF, the first of a marker's two.
        var isMarker = true
        while true {
            guard offset < bytes.count else { throw .truncated(.jpeg) }
            let code = bytes[offset]
            offset += 1
            guard isMarker else {
                isMarker = code == 0xFF
                continue
            }
            switch code {
            case 0xFF: continue
            case 0x00, 0xC8, 0xD0...0xD9, 0xF0...0xFD: break
            case 0xC0...0xFE:
                let content = try Self.content(of: bytes, at: &offset)
                try read(content, code: code, hasFrame: &hasFrame)
                if code == 0xDA {
                    guard hasFrame else { throw .damaged(.jpeg, detail: "a scan before its header") }
                    return
                }
            default: throw .damaged(.jpeg, detail: "a marker of no kind")
            }
            isMarker = false
        }
    }

    /// Returns the content of the segment whose length is at `offset`, and moves `offset` past it.
    private static func content(
        of bytes: UnsafeRawBufferPointer, at offset: inout Int
    ) throws(ImageDecodingError) -> Slice<UnsafeRawBufferPointer> {
        guard offset + 2 <= bytes.count else { throw .truncated(.jpeg) }
        let start = offset + 2
        let end = start + max(Int(bytes.bigEndian16(at: offset)) - 2, 0)
        guard end <= bytes.count else { throw .truncated(.jpeg) }
        offset = end
        return bytes[start..<end]
    }

    private mutating func read(
        _ content: Slice<UnsafeRawBufferPointer>, code: UInt8, hasFrame: inout Bool
    ) throws(ImageDecodingError) {
        switch code {
        case 0xC4, 0xCC: return
        case 0xC0...0xCF, 0xDE:
            try Self.checkFrame(UnsafeRawBufferPointer(rebasing: content))
            hasFrame = true
        case 0xDB: try Self.checkTables(content)
        case 0xE1:
            let name = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
            if content.starts(with: Array("Exif\0\0".utf8)) {
                exif += exif.isEmpty ? content : content.dropFirst(6)
            } else if content.starts(with: name) {
                xmp = Array(content.dropFirst(name.count))
            }
        default: return
        }
    }

    private static func checkFrame(_ content: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        guard content.count >= 6, (content.count - 6) % 3 == 0 else {
            throw .damaged(.jpeg, detail: "a short frame header")
        }
        guard content[0] == 8 else { throw .unsupported(.jpeg, detail: "\(content[0]) bits a sample") }
        guard [1, 3, 4].contains(content[5]) else {
            throw .unsupported(.jpeg, detail: "\(content[5]) channels")
        }
    }

    /// Each quantization table is one byte and 64 values of one or two bytes.
    private static func checkTables(_ content: Slice<UnsafeRawBufferPointer>) throws(ImageDecodingError) {
        var rest = content
        while let first = rest.first {
            let count = first < 16 ? 65 : 129
            guard rest.count >= count else {
                throw .damaged(.jpeg, detail: "a short quantization table")
            }
            rest = rest.dropFirst(count)
        }
    }
}
