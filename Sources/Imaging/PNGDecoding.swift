/// PNG of every depth and colour type, interlaced or not.
enum PNGDecoding {
    /// Returns the picture, or, with a `side`, the picture resized to a square of that size. Works row by row
    /// unless the file is interlaced.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, side: Int?, options: DecodingOptions
    ) throws(ImageDecodingError) -> RGBImage {
        let chunks = try PNGChunks(bytes)
        let header = chunks.header
        let (width, height) = (header.width, header.height)
        try options.check(width: width, height: height, kind: .png)
        let row = PNGRow(chunks)
        var pixels = try PNGPixels(chunks)
        if header.isInterlaced {
            let image = try RGBImage(decodedWidth: width, height: height) {
                (target) throws(ImageDecodingError) in
                row.fillWithZeros(target)
                var line = [UInt8](repeating: 0, count: 3 * width)
                try pixels.forEachRow { samples, pass, y in
                    let count = pass.width(of: width)
                    row.write(samples, count: count, to: &line)
                    for x in 0..<count {
                        let place = 3 * (y * width + pass.column + x * pass.columnStep)
                        for channel in 0..<3 { target[place + channel] = line[3 * x + channel] }
                    }
                }
            }
            return side.map { image.resizedNearest(width: $0, height: $0) } ?? image
        }
        let sampling = RowSampling(width: width, height: height, side: side)
        return try RGBImage(decodedWidth: side ?? width, height: side ?? height) {
            (target) throws(ImageDecodingError) in
            row.fillWithZeros(target)
            guard let start = target.baseAddress else { return }
            var line = [UInt8](repeating: 0, count: 3 * width)
            try pixels.forEachRow { samples, _, y in
                guard sampling.wants(row: y) else { return }
                row.write(samples, count: width, to: &line)
                sampling.write(line, row: y, to: start)
            }
        }
    }
}

/// Converts rows of PNG samples to RGB.
private struct PNGRow {
    private let header: PNGHeader

    /// The colours of one-channel samples of up to 8 bits.
    private let table: ColorTable?

    init(_ chunks: PNGChunks) {
        header = chunks.header
        if header.isIndexed {
            // Without a palette every index is black. An incomplete last colour is ignored.
            let palette = chunks.palette ?? []
            table = ColorTable(palette: palette.dropLast(palette.count % 3))
        } else {
            let isSmallGray = header.colorType == PNGHeader.gray && header.bits <= 8
            table = isSmallGray ? ColorTable(grayBits: header.bits) : nil
        }
    }

    /// Fills the picture with the colour of sample 0, which missing samples keep.
    func fillWithZeros(_ target: UnsafeMutableBufferPointer<UInt8>) {
        guard let table, table.entries.prefix(3) != [0, 0, 0] else { return }
        for place in target.indices { target[place] = table.entries[place % 3] }
    }

    func write(_ row: UnsafePointer<UInt8>, count: Int, to target: inout [UInt8]) {
        target.withUnsafeMutableBufferPointer { target in
            if let line = target.baseAddress { write(row, count: count, to: line) }
        }
    }

    private func write(_ row: UnsafePointer<UInt8>, count: Int, to line: UnsafeMutablePointer<UInt8>) {
        // For 16-bit colour channels the high byte is used. Alpha is dropped, not blended.
        let channelBytes = header.bits / 8
        if let table {
            table.write(row, bits: header.bits, count: count, to: line)
        } else if header.colorType == PNGHeader.gray {
            PixelRow.writeClipped(count: count, to: line) { Int(row[2 * $0]) << 8 | Int(row[2 * $0 + 1]) }
        } else {
            let step = header.colorType == PNGHeader.grayAlpha ? 0 : channelBytes
            PixelRow.copy(
                row, pixelBytes: header.pixelBits / 8, offsets: (0, step, 2 * step), count: count, to: line)
        }
    }
}
