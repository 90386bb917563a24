import CTIFF

/// TIFF: the first picture, in strips or tiles, with every compression that libtiff supports.
enum TIFFDecoding {
    static func decode(
        _ bytes: UnsafeRawBufferPointer, options: DecodingOptions
    ) throws(ImageDecodingError) -> RGBImage {
        let tags = try TIFFTags(checking: bytes)
        // The widest pixels that are read take 8 bytes.
        let reader = try TIFFReader(bytes, allocationLimit: 8 * max(options.pixelLimit, 1 << 20))
        let header = try reader.readHeader()
        let (width, height) = (Int(header.width), Int(header.height))
        try options.check(width: width, height: height, kind: .tiff)
        let layout = try TIFFLayout(tags, header)
        let image: RGBImage
        if case .libtiffColor = layout {
            image = try reader.readWithLibtiffColors(width: width, height: height)
        } else {
            let blocks = try TIFFBlocks(header, layout: layout, options: options)
            image = try RGBImage(decodedWidth: width, height: height) { (target) throws(ImageDecodingError) in
                try blocks.read(from: reader, into: target)
            }
        }
        return image.upright(from: tags.orientation)
    }
}

/// The strips or tiles of a picture, and the conversion of their samples to pixels.
private struct TIFFBlocks {
    private let width, height: Int
    private let blockWidth, blockHeight: Int
    private let blockBytes, rowBytes: Int
    private let bits: Int
    private let row: TIFFRow

    /// The number of planes that are read; 1 if a pixel's samples are interleaved.
    private let planes: Int

    /// Pillow reads uncompressed 16-bit planes as if they were 8-bit: bytes in the file's order, rows of half
    /// the length. This is reproduced for networks that were trained on such pictures.
    private let isMisread: Bool

    /// Whether the bytes of a block must be swapped to get the file's byte order.
    private let isSwapped: Bool

    init(
        _ header: headstart_tiff_header, layout: TIFFLayout, options: DecodingOptions
    ) throws(ImageDecodingError) {
        width = Int(header.width)
        height = Int(header.height)
        blockWidth = Int(header.block_width)
        blockHeight = Int(header.block_height)
        blockBytes = header.block_bytes
        rowBytes = header.block_row_bytes
        try options.check(width: blockWidth, height: blockHeight, kind: .tiff)
        let isPlanar = header.planar_configuration == 2 && header.samples > 1
        planes = isPlanar ? layout.sampleCount : 1
        let samplesTogether = isPlanar ? 1 : Int(header.samples)
        let fileBits = Int(header.bits)
        isMisread = isPlanar && header.compression == 1 && fileBits == 16
        isSwapped = isMisread && (header.is_big_endian != 0) == (UInt16(1).littleEndian == 1)
        bits = isMisread ? 8 : fileBits
        guard rowBytes >= (blockWidth * samplesTogether * fileBits + 7) / 8,
            blockBytes >= rowBytes * blockHeight
        else {
            throw .damaged(.tiff, detail: "blocks of \(blockBytes) bytes")
        }
        row = TIFFRow(
            layout: layout, bits: bits, pixelBytes: (isPlanar ? planes : samplesTogether) * max(bits / 8, 1))
    }

    func read(
        from reader: borrowing TIFFReader, into target: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageDecodingError) {
        let across = (width + blockWidth - 1) / blockWidth
        let down = (height + blockHeight - 1) / blockHeight
        var block = try [UInt8](count: blockBytes) { _ in }
        var interleaved = try [UInt8](count: planes > 1 ? blockBytes * planes : 0) { _ in }
        for index in 0..<(across * down) {
            for plane in 0..<planes {
                try reader.readBlock(plane * across * down + index, into: &block)
                if isSwapped {
                    for place in stride(from: 1, to: blockBytes, by: 2) { block.swapAt(place - 1, place) }
                }
                if planes > 1 {
                    let isCut = index % across == across - 1 && width % blockWidth != 0
                    interleave(
                        block, rowBytes: isMisread && !isCut ? blockWidth : rowBytes, plane: plane,
                        into: &interleaved)
                }
            }
            let (left, top) = (index % across * blockWidth, index / across * blockHeight)
            let stride = planes > 1 ? blockWidth * row.pixelBytes : rowBytes
            (planes > 1 ? interleaved : block).withUnsafeBufferPointer { samples in
                guard let samples = samples.baseAddress, let target = target.baseAddress else { return }
                for y in top..<min(top + blockHeight, height) {
                    row.write(
                        samples + (y - top) * stride, count: min(blockWidth, width - left),
                        to: target + 3 * (y * width + left))
                }
            }
        }
    }

    /// Copies one plane's samples, of one or more bytes, to their places within each pixel.
    private func interleave(_ block: [UInt8], rowBytes: Int, plane: Int, into interleaved: inout [UInt8]) {
        let sampleBytes = max(bits / 8, 1)
        for y in 0..<blockHeight {
            for x in 0..<blockWidth {
                for byte in 0..<sampleBytes {
                    interleaved[((y * blockWidth + x) * planes + plane) * sampleBytes + byte] =
                        block[y * rowBytes + x * sampleBytes + byte]
                }
            }
        }
    }
}

/// Owns one libtiff decoder. The bytes must outlive it.
private struct TIFFReader: ~Copyable {
    private let handle: OpaquePointer

    init(_ bytes: UnsafeRawBufferPointer, allocationLimit: Int) throws(ImageDecodingError) {
        let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
        guard let handle = headstart_tiff_open(start, bytes.count, allocationLimit) else {
            throw .outOfMemory
        }
        self.handle = handle
    }

    deinit { headstart_tiff_close(handle) }

    func readHeader() throws(ImageDecodingError) -> headstart_tiff_header {
        var header = headstart_tiff_header()
        try check(headstart_tiff_read_header(handle, &header), "its directory")
        return header
    }

    func readBlock(_ index: Int, into block: inout [UInt8]) throws(ImageDecodingError) {
        try check(headstart_tiff_read_block(handle, UInt32(index), &block, block.count), "block \(index)")
    }

    func readWithLibtiffColors(width: Int, height: Int) throws(ImageDecodingError) -> RGBImage {
        let pixels = try [UInt8](count: width * height * 4) { (target) throws(ImageDecodingError) in
            try check(
                headstart_tiff_read_rgba(handle, UInt32(width), UInt32(height), target.baseAddress),
                "its pixels")
        }
        return try RGBImage(decodedWidth: width, height: height) { target in
            pixels.withUnsafeBufferPointer { pixels in
                guard let pixels = pixels.baseAddress, let target = target.baseAddress else { return }
                PixelRow.copy(pixels, pixelBytes: 4, offsets: (0, 1, 2), count: width * height, to: target)
            }
        }
    }

    private func check(_ success: Int32, _ part: String) throws(ImageDecodingError) {
        if success != 0 { return }
        if headstart_tiff_ended_early(handle) != 0 { throw .truncated(.tiff) }
        let message = String(cString: headstart_tiff_message(handle))
        throw .damaged(.tiff, detail: message.isEmpty ? "\(part) can't be decoded" : message)
    }
}
