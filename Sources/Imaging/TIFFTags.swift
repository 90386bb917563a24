/// The tags of a TIFF file that decide whether Pillow reads it.
struct TIFFTags {
    private static let compressions: Set<Int> = [
        1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32809, 32946, 34676, 34677, 34925, 50000,
    ]

    private let directory: TIFFDirectory

    private(set) var compression = 1, photometric = 0, fillOrder = 1
    private(set) var isPlanar = false

    /// The number of samples per pixel, and each sample's bits and format.
    private(set) var samples = 1, bits = 1, format = 1

    /// The kinds of the samples after the colours.
    private(set) var extras: [Int] = []

    /// Throws for files that Pillow refuses before it reads pixels.
    init(checking bytes: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        guard let directory = TIFFDirectory(bytes) else {
            throw .damaged(.tiff, detail: "no directory")
        }
        self.directory = directory
        try readKinds()
        try readSamples()
        try checkPlaces()
    }

    var orientation: ExifOrientation { directory.orientation ?? .upright }

    /// The first number of a tag; `standard` if the tag is missing.
    private func number(_ tag: Int, _ standard: Int?) throws(ImageDecodingError) -> Int {
        if !directory.has(tag), let standard { return standard }
        guard let value = directory.numbers(tag)?.first else {
            throw .damaged(.tiff, detail: "tag \(tag) is missing or no number")
        }
        return value
    }

    private func numbers(_ tag: Int, _ standard: [Int]) throws(ImageDecodingError) -> [Int] {
        guard directory.has(tag) else { return standard }
        guard let values = directory.numbers(tag) else {
            throw .damaged(.tiff, detail: "tag \(tag) is no number")
        }
        return values
    }

    private mutating func readKinds() throws(ImageDecodingError) {
        compression = try number(Tag.compression, 1)
        guard Self.compressions.contains(compression) else {
            throw .unsupported(.tiff, detail: "compression \(compression)")
        }
        fillOrder = try number(Tag.fillOrder, 1)
        isPlanar = try number(Tag.planarConfiguration, 1) == 2
        // Pillow uses the default of 0 if there are several values.
        photometric = directory.count(Tag.photometric) == 1 ? try number(Tag.photometric, 0) : 0
        // Old-style JPEG is YCbCr, whatever the tag says.
        if compression == Self.oldJPEG { photometric = 6 }
        if photometric == 3 && !directory.has(Tag.palette) {
            throw .damaged(.tiff, detail: "no palette")
        }
    }

    private mutating func readSamples() throws(ImageDecodingError) {
        let isJPEGColor = compression == Self.oldJPEG
        samples = try number(Tag.samples, isJPEGColor ? 3 : 1)
        var bits = try numbers(Tag.bits, [1])
        extras = try numbers(Tag.extraSamples, [])
        // Unspecified extra planes are at the end and never read.
        if isPlanar && !extras.isEmpty && extras.allSatisfy({ $0 == 0 }) {
            bits.removeLast(min(extras.count, bits.count))
            samples -= extras.count
            extras = []
        }
        if samples < bits.count { bits.removeLast(bits.count - max(samples, 0)) }
        guard samples > 0, bits.count == samples || bits.count == 1 else {
            throw .damaged(.tiff, detail: "\(samples) samples of which \(bits.count) tell their bits")
        }
        let formats = try numbers(Tag.sampleFormat, [1])
        guard Set(formats).count == 1, Set(bits).count == 1 else {
            throw .unsupported(.tiff, detail: "samples of different kinds")
        }
        (self.bits, format) = (bits[0], formats[0])
    }

    private func checkPlaces() throws(ImageDecodingError) {
        let width = try number(Tag.width, nil)
        let height = try number(Tag.height, nil)
        guard compression == 1 else { return }
        let isTiled = !directory.has(Tag.stripOffsets)
        let offsets = directory.count(isTiled ? Tag.tileOffsets : Tag.stripOffsets)
        guard offsets > 0 else { throw .damaged(.tiff, detail: "no place of the pixels") }
        guard isPlanar else { return }
        let blockWidth = isTiled ? try number(Tag.tileWidth, nil) : width
        let blockHeight = isTiled ? try number(Tag.tileHeight, nil) : try number(Tag.rowsPerStrip, height)
        guard width > 0, height > 0, blockWidth > 0, blockHeight > 0 else {
            throw .damaged(.tiff, detail: "blocks without pixels")
        }
        let across = (width - 1) / blockWidth + 1
        let blocks = across.multipliedReportingOverflow(by: (height - 1) / blockHeight + 1)
        guard !blocks.overflow, (offsets - 1) / blocks.partialValue < samples else {
            throw .damaged(.tiff, detail: "more planes than samples")
        }
    }

    /// The compressions old-style and new JPEG.
    static let oldJPEG = 6
    static let jpeg = 7

    private typealias Tag = TIFFDirectory.Tag
}
