/// BMP: 1, 4, 8, 16, 24 and 32 bits, run-length and bit-field encoding, Windows and OS/2 headers. Reads the
/// same variants as Pillow.
enum BMPDecoding {
    static func decode(
        _ bytes: UnsafeRawBufferPointer, options: DecodingOptions
    ) throws(ImageDecodingError) -> RGBImage {
        let header = try BMPHeader(bytes)
        try options.check(width: header.width, height: header.height, kind: .bmp)
        switch header.compression {
        case .none:
            if header.bits <= 8 { return try decodeIndexed(bytes, header: header) }
            return try decodeColors(bytes, header: header, pixel: plainPixels[header.bits])
        case .bitFields(let masks):
            guard let pixel = maskedPixels[MaskedPixel(bits: header.bits, masks: masks)] else {
                throw .unsupported(.bmp, detail: "channel masks of another layout")
            }
            return try decodeColors(bytes, header: header, pixel: pixel)
        case .runLength4, .runLength8:
            let indices = try BMPRunLength.decode(bytes, header: header)
            return try indices.withRawBytes { (indices) throws(ImageDecodingError) in
                try decodeIndexed(indices, header: header, isUnpacked: true)
            }
        }
    }

    /// Calls `body` with the start of each row in the file and the row's y coordinate in the picture.
    private static func forEachRow(
        of header: BMPHeader, in bytes: UnsafeRawBufferPointer, offset: Int, rowBytes: Int, contentBytes: Int,
        _ body: (_ row: UnsafePointer<UInt8>, _ y: Int) -> Void
    ) throws(ImageDecodingError) {
        // The last row's padding may be missing.
        guard offset + rowBytes * (header.height - 1) + contentBytes <= bytes.count,
            let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
        else { throw .truncated(.bmp) }
        for row in 0..<header.height {
            body(start + offset + row * rowBytes, header.isTopDown ? row : header.height - 1 - row)
        }
    }

    /// - Parameter isUnpacked: whether each sample takes one byte and rows have no padding.
    private static func decodeIndexed(
        _ bytes: UnsafeRawBufferPointer, header: BMPHeader, isUnpacked: Bool = false
    ) throws(ImageDecodingError) -> RGBImage {
        let (table, bits) = colorTable(of: header, isUnpacked: isUnpacked)
        let rowBytes = isUnpacked ? header.width : paddedRowBytes(header)
        let contentBytes = (header.width * bits + 7) / 8
        guard contentBytes <= rowBytes else {
            throw .damaged(.bmp, detail: "greys of \(header.bits) bits, which are read as 8")
        }
        return try RGBImage(decodedWidth: header.width, height: header.height) {
            (target) throws(ImageDecodingError) in
            guard let target = target.baseAddress else { return }
            try forEachRow(
                of: header, in: bytes, offset: isUnpacked ? 0 : header.pixelOffset, rowBytes: rowBytes,
                contentBytes: contentBytes
            ) { row, y in
                table.write(row, bits: bits, count: header.width, to: target + 3 * y * header.width)
            }
        }
    }

    /// The palette, unless it is a plain grey ramp: Pillow ignores such a palette. It then reads the samples
    /// as 8-bit greys, or as 1-bit greys if there are at most two colours, whatever the actual size of a
    /// sample.
    private static func colorTable(
        of header: BMPHeader, isUnpacked: Bool
    ) -> (table: ColorTable, bits: Int) {
        let bits = isUnpacked ? 8 : header.bits
        let isBilevel = header.colorCount <= 2
        let grays = header.colorCount == 2 ? [0, 255] : Array(0..<min(header.colorCount, 256))
        let isGray =
            header.colors.count == 3 * header.colorCount
            && header.colors.elementsEqual(grays.flatMap { [UInt8($0), UInt8($0), UInt8($0)] })
        guard isGray else { return (ColorTable(palette: header.colors), bits) }
        guard isBilevel else { return (ColorTable(grayBits: 8), 8) }
        if isUnpacked { return (ColorTable(palette: [0, 0, 0] + repeatElement(255, count: 765)), 8) }
        return (ColorTable(grayBits: 1), 1)
    }

    private static func paddedRowBytes(_ header: BMPHeader) -> Int {
        (header.width * header.bits + 31) / 32 * 4
    }

    private static func decodeColors(
        _ bytes: UnsafeRawBufferPointer, header: BMPHeader, pixel: ColorPixel?
    ) throws(ImageDecodingError) -> RGBImage {
        guard let pixel else { throw .unsupported(.bmp, detail: "\(header.bits) bits a pixel") }
        return try RGBImage(decodedWidth: header.width, height: header.height) {
            (target) throws(ImageDecodingError) in
            guard let target = target.baseAddress else { return }
            try forEachRow(
                of: header, in: bytes, offset: header.pixelOffset, rowBytes: paddedRowBytes(header),
                contentBytes: header.width * header.bits / 8
            ) { row, y in
                let line = target + 3 * y * header.width
                switch pixel {
                case .bytes(let offsets):
                    PixelRow.copy(
                        row, pixelBytes: header.bits / 8, offsets: offsets, count: header.width, to: line)
                case .packed(let greenBits):
                    writePacked(row, greenBits: greenBits, count: header.width, to: line)
                }
            }
        }
    }

    private enum ColorPixel {
        /// One byte per channel, at these offsets.
        case bytes((red: Int, green: Int, blue: Int))
        /// In 16 bits: blue in the lowest 5, then green, then red.
        case packed(greenBits: Int)
    }

    private static let plainPixels: [Int: ColorPixel] = [
        16: .packed(greenBits: 5), 24: .bytes((2, 1, 0)), 32: .bytes((2, 1, 0)),
    ]

    private struct MaskedPixel: Hashable {
        let bits: Int
        let masks: BMPHeader.Masks

        init(bits: Int, masks: BMPHeader.Masks) {
            // The alpha mask matters for 32 bits only.
            self.init(bits, masks.red, masks.green, masks.blue, bits == 32 ? masks.alpha : 0)
        }

        init(_ bits: Int, _ red: UInt32, _ green: UInt32, _ blue: UInt32, _ alpha: UInt32) {
            self.bits = bits
            masks = BMPHeader.Masks(red: red, green: green, blue: blue, alpha: alpha)
        }
    }

    /// The layouts that Pillow reads; it reads no others.
    private static let maskedPixels: [MaskedPixel: ColorPixel] = [
        MaskedPixel(32, 0xFF0000, 0xFF00, 0xFF, 0): .bytes((2, 1, 0)),
        MaskedPixel(32, 0xFF00_0000, 0xFF_0000, 0xFF00, 0): .bytes((3, 2, 1)),
        MaskedPixel(32, 0xFF00_0000, 0xFF00, 0xFF, 0): .bytes((3, 1, 0)),
        MaskedPixel(32, 0xFF00_0000, 0xFF_0000, 0xFF00, 0xFF): .bytes((3, 2, 1)),
        MaskedPixel(32, 0xFF, 0xFF00, 0xFF0000, 0xFF00_0000): .bytes((0, 1, 2)),
        MaskedPixel(32, 0xFF0000, 0xFF00, 0xFF, 0xFF00_0000): .bytes((2, 1, 0)),
        MaskedPixel(32, 0xFF00_0000, 0xFF00, 0xFF, 0xFF0000): .bytes((3, 1, 0)),
        MaskedPixel(32, 0, 0, 0, 0): .bytes((2, 1, 0)),
        MaskedPixel(24, 0xFF0000, 0xFF00, 0xFF, 0): .bytes((2, 1, 0)),
        MaskedPixel(16, 0xF800, 0x7E0, 0x1F, 0): .packed(greenBits: 6),
        MaskedPixel(16, 0x7C00, 0x3E0, 0x1F, 0): .packed(greenBits: 5),
    ]

    private static func writePacked(
        _ row: UnsafePointer<UInt8>, greenBits: Int, count: Int, to target: UnsafeMutablePointer<UInt8>
    ) {
        let greenMost = (1 << greenBits) - 1
        for x in 0..<count {
            let pixel = Int(row[2 * x]) | Int(row[2 * x + 1]) << 8
            target[3 * x] = UInt8((pixel >> (5 + greenBits) & 31) * 255 / 31)
            target[3 * x + 1] = UInt8((pixel >> 5 & greenMost) * 255 / greenMost)
            target[3 * x + 2] = UInt8((pixel & 31) * 255 / 31)
        }
    }
}

private enum BMPRunLength {
    /// Returns one index per pixel, rows in the file's order. As in Pillow's decoder, a line that overflows
    /// is cut, pixels skipped by a jump are 0, and decoding stops at the same places.
    static func decode(_ bytes: UnsafeRawBufferPointer, header: BMPHeader) throws(ImageDecodingError)
        -> [UInt8]
    {
        let isFourBit = if case .runLength4 = header.compression { true } else { false }
        let width = header.width
        let total = width * header.height
        var indices: [UInt8] = []
        indices.reserveCapacity(total)
        var position = header.pixelOffset
        var x = 0
        decoding: while indices.count < total, position + 2 <= bytes.count {
            let (count, value) = (Int(bytes[position]), bytes[position + 1])
            position += 2
            switch (count, value) {
            case (1..., _):
                let run = max(min(count, width - x), 0)
                for place in 0..<run {
                    indices.append(isFourBit ? (place & 1 == 0 ? value >> 4 : value & 15) : value)
                }
                x += run
            case (_, 0):  // the line ends
                let remainder = indices.count % width
                if remainder != 0 { indices.append(contentsOf: repeatElement(0, count: width - remainder)) }
                x = 0
            case (_, 1):  // the picture ends
                break decoding
            case (_, 2):  // a jump to the right and up
                guard position + 2 <= bytes.count else { break decoding }
                let jump = Int(bytes[position]) + Int(bytes[position + 1]) * width
                position += 2
                indices.append(contentsOf: repeatElement(0, count: min(total - indices.count, jump)))
                x = indices.count % width
            default:  // literal pixels, padded to an even file offset
                let wanted = min(total - indices.count, Int(value))
                let wantedBytes = isFourBit ? (wanted + 1) / 2 : wanted
                guard position + wantedBytes <= bytes.count else { break decoding }
                for place in 0..<wanted {
                    let byte = bytes[position + (isFourBit ? place / 2 : place)]
                    indices.append(isFourBit ? (place & 1 == 0 ? byte >> 4 : byte & 15) : byte)
                }
                position += wantedBytes
                x += Int(value)
                position += position & 1
            }
        }
        guard indices.count >= total else { throw .truncated(.bmp) }
        return indices
    }
}
