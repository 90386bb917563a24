import CPNG

/// PNG of every depth and colour type, interlaced or not, through libpng.
enum PNGDecoding {
    static func decode(
        _ bytes: UnsafeRawBufferPointer, options: DecodingOptions
    ) throws(ImageDecodingError) -> RGBImage {
        let chunks = try PNGChunks(checking: bytes)
        try options.check(width: chunks.width, height: chunks.height, kind: .png)
        let (header, rows) = try chunks.essence.withRawBytes { (essence) throws(ImageDecodingError) in
            let reader = try PNGReader(essence)
            let header = try reader.readHeader(width: chunks.width, height: chunks.height)
            return (header, try reader.readRows(header))
        }
        let (width, height) = (Int(header.width), Int(header.height))
        return try RGBImage(width: width, height: height) { (target) throws(ImageDecodingError) in
            try write(rows, of: header, to: target)
        }
    }

    private static func write(
        _ rows: [UInt8], of header: headstart_png_header, to target: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageDecodingError) {
        let bits = Int(header.bits)
        let type = Int(header.color_type)
        let table: ColorTable? =
            switch type {
            case HEADSTART_PNG_GRAY where bits <= 8: ColorTable(grayBits: bits)
            case HEADSTART_PNG_PALETTE: palette(of: header)
            default: nil
            }
        // Of a 16-bit colour channel the high byte is taken, and alpha is dropped, not blended.
        let channelBytes = bits / 8
        guard let target = target.baseAddress else { return }
        rows.withUnsafeBufferPointer { rows in
            guard let rows = rows.baseAddress else { return }
            for y in 0..<Int(header.height) {
                let row = rows + y * header.row_bytes
                let line = target + 3 * y * Int(header.width)
                let count = Int(header.width)
                if let table {
                    table.write(row, bits: bits, count: count, to: line)
                } else if type == HEADSTART_PNG_GRAY {
                    PixelRow.writeClipped(count: count, to: line) {
                        Int(row[2 * $0]) << 8 | Int(row[2 * $0 + 1])
                    }
                } else if type == HEADSTART_PNG_GRAY_ALPHA {
                    PixelRow.copy(
                        row, pixelBytes: 2 * channelBytes, offsets: (0, 0, 0), count: count, to: line)
                } else {
                    let channels = type == HEADSTART_PNG_RGB_ALPHA ? 4 : 3
                    PixelRow.copy(
                        row, pixelBytes: channels * channelBytes,
                        offsets: (0, channelBytes, 2 * channelBytes),
                        count: count, to: line)
                }
            }
        }
    }

    private static func palette(of header: headstart_png_header) -> ColorTable {
        withUnsafeBytes(of: header.palette) { ColorTable(palette: $0.prefix(3 * Int(header.palette_count))) }
    }
}

/// The owner of one libpng decoder; the bytes outlive it.
private struct PNGReader: ~Copyable {
    private let handle: OpaquePointer

    init(_ bytes: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
        guard let handle = headstart_png_open(start, bytes.count) else {
            throw .damaged(.png, detail: "no memory for a decoder")
        }
        self.handle = handle
    }

    deinit { headstart_png_close(handle) }

    func readHeader(width: Int, height: Int) throws(ImageDecodingError) -> headstart_png_header {
        var header = headstart_png_header()
        try check(headstart_png_read_header(handle, UInt32(width), UInt32(height), &header))
        return header
    }

    func readRows(_ header: headstart_png_header) throws(ImageDecodingError) -> [UInt8] {
        var header = header
        var rows = [UInt8](repeating: 0, count: Int(header.height) * header.row_bytes)
        try check(headstart_png_read_rows(handle, &header, &rows))
        return rows
    }

    private func check(_ success: Int32) throws(ImageDecodingError) {
        if success != 0 { return }
        if headstart_png_ended_early(handle) != 0 { throw .truncated(.png) }
        throw .damaged(.png, detail: String(cString: headstart_png_message(handle)))
    }
}
