package struct DecodingOptions: Sendable {
    /// The maximum number of pixels, checked against the header before any memory is allocated.
    package var pixelLimit = Self.standardPixelLimit

    /// Pillow's limit: it refuses larger pictures as possible decompression bombs.
    package static let standardPixelLimit = 178_956_970

    /// Whether JPEG, PNG and WebP pictures are turned upright by their EXIF orientation. Off by default,
    /// since Keras ignores it. A TIFF file is always turned by its orientation tag, as in Pillow.
    package var honorsExifOrientation = false

    package init(
        pixelLimit: Int = Self.standardPixelLimit, honorsExifOrientation: Bool = false
    ) {
        self.pixelLimit = pixelLimit
        self.honorsExifOrientation = honorsExifOrientation
    }

    /// Throws if a picture of this size is empty or over the limit. Call it before allocating memory.
    func check(width: Int, height: Int, kind: ImageKind) throws(ImageDecodingError) {
        guard width > 0 && height > 0 else { throw .damaged(kind, detail: "no pixels: \(width) x \(height)") }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow && pixels <= pixelLimit else {
            throw .tooLarge(width: width, height: height, limit: pixelLimit)
        }
    }
}

/// Decodes picture files to RGB, with the pixels of Pillow's `Image.open(file).convert("RGB")`.
///
/// Lossless kinds match bit for bit; JPEG and WebP match as closely as two versions of one library do. A file
/// is refused if Pillow refuses it. Safe to call from many threads at once; the result depends on the bytes
/// only.
package enum ImageDecoder {
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, options: DecodingOptions = .init()
    ) throws(ImageDecodingError) -> RGBImage {
        guard let kind = ImageKind(firstBytes: bytes) else { throw .notAPicture }
        let image: RGBImage = try blamingMachine { () throws(ImageDecodingError) in
            switch kind {
            case .jpeg: try JPEGDecoding.decode(bytes, side: nil, options: options)
            case .png: try PNGDecoding.decode(bytes, side: nil, options: options)
            case .bmp: try BMPDecoding.decode(bytes, options: options)
            case .pnm: try PNMDecoding.decode(bytes, options: options)
            case .tiff: try TIFFDecoding.decode(bytes, options: options)
            case .gif: try GIFDecoding.decode(bytes, options: options)
            case .webp: try WebPDecoding.decode(bytes, options: options)
            }
        }
        guard options.honorsExifOrientation else { return image }
        return image.upright(from: ExifOrientation(of: bytes, kind: kind))
    }

    /// Some libraries report a lack of memory as damage. If no memory is left, a failure isn't blamed on the
    /// file.
    private static func blamingMachine(
        _ decode: () throws(ImageDecodingError) -> RGBImage
    ) throws(ImageDecodingError) -> RGBImage {
        do throws(ImageDecodingError) { return try decode() } catch {
            if case .damaged = error { try PixelMemory.require(1 << 26) }
            throw error
        }
    }

    package static func decode(
        _ bytes: [UInt8], options: DecodingOptions = .init()
    ) throws(ImageDecodingError) -> RGBImage {
        try bytes.withRawBytes { (bytes) throws(ImageDecodingError) in try decode(bytes, options: options) }
    }

    /// Decodes a file and resizes it to `side` x `side`. Gives the same pixels as `decode` followed by
    /// `resizedNearest`, but faster.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, fittedTo side: Int, options: DecodingOptions = .init()
    ) throws(ImageDecodingError) -> RGBImage {
        // Turning and nearest resizing don't commute to the bit, so a picture that may be turned isn't
        // resized while it is decoded.
        let kind = ImageKind(firstBytes: bytes)
        if !options.honorsExifOrientation || kind.map({ ExifOrientation(of: bytes, kind: $0) }) == .upright {
            switch kind {
            case .jpeg:
                return try blamingMachine { () throws(ImageDecodingError) in
                    try JPEGDecoding.decode(bytes, side: side, options: options)
                }
            case .png:
                return try blamingMachine { () throws(ImageDecodingError) in
                    try PNGDecoding.decode(bytes, side: side, options: options)
                }
            default: break
            }
        }
        return try decode(bytes, options: options).resizedNearest(width: side, height: side)
    }

    package static func decode(
        _ bytes: [UInt8], fittedTo side: Int, options: DecodingOptions = .init()
    ) throws(ImageDecodingError) -> RGBImage {
        try bytes.withRawBytes { (bytes) throws(ImageDecodingError) in
            try decode(bytes, fittedTo: side, options: options)
        }
    }
}
