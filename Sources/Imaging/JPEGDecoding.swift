import CTurboJPEG

/// JPEG: baseline, progressive, grey, YCbCr, RGB, CMYK and YCCK, through libjpeg-turbo.
enum JPEGDecoding {
    /// Whether the library is new enough to read lossless files, and to fill in the missing scans of a
    /// progressive file as Pillow's library does.
    static var guessesAsPillow: Bool { headstart_jpeg_is_current() != 0 }

    /// Returns the picture, or, with a `side`, the picture resized to a square of that size.
    ///
    /// Every row is decoded; for rows that the resize drops, only the copying is saved. libjpeg could skip
    /// whole rows, but would then miss damage in them, and a picture must be refused in every run or in none.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, side: Int?, options: DecodingOptions
    ) throws(ImageDecodingError) -> RGBImage {
        _ = try JPEGMarkers(bytes)
        let reader = try JPEGReader(bytes)
        let (width, height) = try reader.readHeader()
        try options.check(width: width, height: height, kind: .jpeg)
        let rows = side.map { NearestSampling.sources(for: $0, from: height) }
        let columns = side.map { NearestSampling.sources(for: $0, from: width) }
        return try RGBImage(decodedWidth: side ?? width, height: side ?? height) {
            (target) throws(ImageDecodingError) in
            try reader.readPixels(rows: rows, columns: columns, into: target)
        }
    }
}

/// Owns one libjpeg decoder. The bytes must outlive it.
private struct JPEGReader: ~Copyable {
    private let handle: OpaquePointer

    init(_ bytes: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
        guard let handle = headstart_jpeg_open(start, bytes.count) else {
            throw .outOfMemory
        }
        self.handle = handle
    }

    deinit { headstart_jpeg_close(handle) }

    func readHeader() throws(ImageDecodingError) -> (width: Int, height: Int) {
        var width: Int32 = 0
        var height: Int32 = 0
        try check(headstart_jpeg_read_header(handle, &width, &height))
        return (Int(width), Int(height))
    }

    func readPixels(
        rows: [Int32]?, columns: [Int32]?, into target: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageDecodingError) {
        try check(
            headstart_jpeg_read_pixels(
                handle, rows, Int32(rows?.count ?? 0), columns, Int32(columns?.count ?? 0), target.baseAddress
            ))
    }

    private func check(_ status: headstart_jpeg_status) throws(ImageDecodingError) {
        switch status {
        case HEADSTART_JPEG_DONE: return
        case HEADSTART_JPEG_TRUNCATED: throw .truncated(.jpeg)
        case HEADSTART_JPEG_UNSUPPORTED: throw .unsupported(.jpeg, detail: message)
        case HEADSTART_JPEG_TOO_NEW:
            throw .notInLibrary(
                .jpeg, detail: message, library: String(cString: headstart_jpeg_version()))
        case HEADSTART_JPEG_NO_MEMORY: throw .outOfMemory
        default: throw .damaged(.jpeg, detail: message)
        }
    }

    private var message: String { String(cString: headstart_jpeg_message(handle)) }
}
