/// What a decoder may do with a file.
package struct DecodingOptions: Sendable {
    /// The most pixels that a picture may have; told from its header, before any memory is taken.
    package var pixelLimit = Self.standardPixelLimit

    /// Pillow refuses a picture of more pixels, as it may be a trap to fill memory.
    package static let standardPixelLimit = 178_956_970

    /// Whether JPEG, PNG and WebP pictures are turned upright by their EXIF orientation. Keras leaves it
    /// alone, hence off. A TIFF file is always turned by its orientation tag, as Pillow does.
    package var honorsExifOrientation = false

    package init(
        pixelLimit: Int = Self.standardPixelLimit, honorsExifOrientation: Bool = false
    ) {
        self.pixelLimit = pixelLimit
        self.honorsExifOrientation = honorsExifOrientation
    }

    /// Throws if a picture of this size is empty or over the limit; to be called before memory is taken.
    func check(width: Int, height: Int, kind: ImageKind) throws(ImageDecodingError) {
        guard width > 0 && height > 0 else { throw .damaged(kind, detail: "no pixels: \(width) x \(height)") }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow && pixels <= pixelLimit else {
            throw .tooLarge(width: width, height: height, limit: pixelLimit)
        }
    }
}

/// Picture files to RGB, with the pixels that Pillow's `Image.open(file).convert("RGB")` gives.
///
/// Bit for bit where the kind is lossless; JPEG and WebP as near as two versions of one library are to each
/// other. A file is refused where Pillow refuses it. Safe to call from many threads at once; the answer
/// depends on the bytes only.
package enum ImageDecoder {
    /// Decodes a whole file.
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

    /// Some libraries don't tell that they had no memory from damage: what fails where there is none left
    /// isn't the file's fault.
    private static func blamingMachine(
        _ decode: () throws(ImageDecodingError) -> RGBImage
    ) throws(ImageDecodingError) -> RGBImage {
        do throws(ImageDecodingError) { return try decode() } catch {
            if case .damaged = error { try PixelMemory.require(1 << 26) }
            throw error
        }
    }

    /// Decodes a whole file.
    package static func decode(
        _ bytes: [UInt8], options: DecodingOptions = .init()
    ) throws(ImageDecodingError) -> RGBImage {
        try bytes.withRawBytes { (bytes) throws(ImageDecodingError) in try decode(bytes, options: options) }
    }

    /// Decodes a whole file and resizes it to `side` x `side`: the pixels of `decode` and `resizedNearest`,
    /// sooner.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, fittedTo side: Int, options: DecodingOptions = .init()
    ) throws(ImageDecodingError) -> RGBImage {
        // Turning and nearest resizing don't commute to the bit, so a picture that may be turned goes the
        // plain way.
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

    /// Decodes a whole file and resizes it to `side` x `side`.
    package static func decode(
        _ bytes: [UInt8], fittedTo side: Int, options: DecodingOptions = .init()
    ) throws(ImageDecodingError) -> RGBImage {
        try bytes.withRawBytes { (bytes) throws(ImageDecodingError) in
            try decode(bytes, fittedTo: side, options: options)
        }
    }
}
