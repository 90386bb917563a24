/// The header of a Windows or OS/2 bitmap, as far as it matters for reading the pixels.
struct BMPHeader {
    let width: Int
    let height: Int
    let bits: Int
    let isTopDown: Bool
    let compression: Compression

    /// The palette as red, green, blue, for at most 8 bits per pixel; empty for more.
    let colors: [UInt8]

    /// The number of colours stated in the header, which may differ from `colors`.
    let colorCount: Int

    let pixelOffset: Int

    enum Compression {
        case none
        case runLength4
        case runLength8
        case bitFields(Masks)
    }

    /// The bits of a pixel that hold each channel.
    struct Masks: Hashable {
        var red, green, blue, alpha: UInt32
    }

    init(_ bytes: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        guard bytes.count >= 18 else { throw .truncated(.bmp) }
        let headerSize = Int(bytes.littleEndian32(at: 14))
        let isOS2 = headerSize == 12
        guard isOS2 || Self.windowsHeaderSizes.contains(headerSize) else {
            throw .unsupported(.bmp, detail: "a header of \(headerSize) bytes")
        }
        let headerEnd = 14 + headerSize
        guard headerEnd <= bytes.count else { throw .truncated(.bmp) }

        let entryBytes: Int
        var compressionCode: UInt32 = 0
        var toldColors = 0
        if isOS2 {
            width = Int(bytes.littleEndian16(at: 18))
            height = Int(bytes.littleEndian16(at: 20))
            bits = Int(bytes.littleEndian16(at: 24))
            isTopDown = false
            entryBytes = 3
        } else {
            width = Int(bytes.littleEndian32(at: 18))
            // Pillow recognises a negative height by its highest byte.
            isTopDown = bytes[25] == 0xFF
            let toldHeight = bytes.littleEndian32(at: 22)
            height = Int(isTopDown ? 0 &- toldHeight : toldHeight)
            bits = Int(bytes.littleEndian16(at: 28))
            compressionCode = bytes.littleEndian32(at: 30)
            toldColors = Int(bytes.littleEndian32(at: 46))
            entryBytes = 4
        }
        guard [1, 4, 8, 16, 24, 32].contains(bits) else {
            throw .unsupported(.bmp, detail: "\(bits) bits a pixel")
        }
        colorCount = toldColors == 0 ? 1 << min(bits, 31) : toldColors

        var position = headerEnd
        compression = try Self.compression(
            code: compressionCode, bits: bits, bytes: bytes, headerSize: headerSize, position: &position)
        var offset = Int(bytes.littleEndian32(at: 10))
        if offset == headerEnd && bits <= 8 { offset += entryBytes * colorCount }
        colors =
            bits <= 8
            ? try Self.colors(of: bytes, at: &position, count: colorCount, entryBytes: entryBytes) : []
        pixelOffset = offset == 0 ? position : offset
    }

    private static let windowsHeaderSizes: Set<Int> = [40, 52, 56, 64, 108, 124]

    private static func compression(
        code: UInt32, bits: Int, bytes: UnsafeRawBufferPointer, headerSize: Int, position: inout Int
    ) throws(ImageDecodingError) -> Compression {
        switch code {
        case 0: return .none
        case 1 where bits <= 8: return .runLength8
        case 2 where bits <= 8: return .runLength4
        case 3:
            // The masks are part of the longer headers and follow the short one.
            guard bytes.count >= 14 + 40 + 12 else { throw .truncated(.bmp) }
            if headerSize == 40 { position += 12 }
            return .bitFields(
                Masks(
                    red: bytes.littleEndian32(at: 54), green: bytes.littleEndian32(at: 58),
                    blue: bytes.littleEndian32(at: 62),
                    alpha: headerSize >= 56 ? bytes.littleEndian32(at: 66) : 0))
        default: throw .unsupported(.bmp, detail: "compression \(code) with \(bits) bits a pixel")
        }
    }

    private static func colors(
        of bytes: UnsafeRawBufferPointer, at position: inout Int, count: Int, entryBytes: Int
    ) throws(ImageDecodingError) -> [UInt8] {
        let start = position
        let available = min(count, (bytes.count - start) / entryBytes)
        guard count <= 65536 && available <= 256 else { throw .unsupported(.bmp, detail: "\(count) colours") }
        position = min(start + count * entryBytes, bytes.count)
        return (0..<available).flatMap { entry in
            let place = start + entry * entryBytes
            return [bytes[place + 2], bytes[place + 1], bytes[place]]
        }
    }
}
