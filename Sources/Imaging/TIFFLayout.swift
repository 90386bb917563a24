import CTIFF

/// The meaning of a TIFF file's samples, limited to the variants that Pillow reads.
///
/// One of Pillow's bugs isn't reproduced: it swaps the bytes of compressed big-endian greys of signed or
/// floating-point type twice.
enum TIFFLayout {
    /// One sample of up to 8 bits per pixel, mapped to a colour.
    case indexed(ColorTable)
    /// One sample per pixel, clipped at 255.
    case wideGray(WideSample)
    /// Red, green, blue, each of one or two bytes; with `unmultiplies` they are divided by a fourth sample,
    /// alpha.
    case color(unmultiplies: Bool)
    case cmyk
    /// Luma and two colour differences at full resolution, converted as in Pillow.
    case ycbcr
    /// Subsampled or compressed luma and colour differences, which libtiff converts.
    case libtiffColor

    /// A grey of more than 8 bits.
    enum WideSample {
        case packed12
        case unsigned16
        case signed16
        case signed32
        case float32
    }

    /// The number of samples per pixel that are used.
    var sampleCount: Int {
        switch self {
        case .indexed, .wideGray: 1
        case .color(let unmultiplies): unmultiplies ? 4 : 3
        case .cmyk: 4
        case .ycbcr, .libtiffColor: 3
        }
    }

    init(_ literal: TIFFTags, _ header: headstart_tiff_header) throws(ImageDecodingError) {
        let tags = Tags(literal, header)
        guard tags.bits == Int(header.bits), tags.samples <= Int(header.samples) else {
            throw .damaged(.tiff, detail: "tags that contradict each other")
        }
        let layout: TIFFLayout? =
            switch tags.photometric {
            case 0, 1: Self.gray(tags)
            case 2: Self.color(tags)
            case 3: Self.palette(tags, header)
            case 5: Self.inks(tags)
            case 6: Self.luma(tags)
            default: nil
            }
        guard let layout else { throw .unsupported(.tiff, detail: tags.description) }
        self = layout
    }

    /// The tags that Pillow's table of modes depends on.
    private struct Tags: CustomStringConvertible {
        let photometric, bits, samples, format, fillOrder: Int
        let compression, subsamplingX, subsamplingY: Int
        let extras: [Int]
        let isPlanar, isBigEndian: Bool

        init(_ tags: TIFFTags, _ header: headstart_tiff_header) {
            photometric = tags.photometric
            bits = tags.bits
            samples = tags.samples
            format = tags.format
            fillOrder = tags.fillOrder
            compression = tags.compression
            extras = tags.extras
            isPlanar = tags.isPlanar
            subsamplingX = Int(header.subsampling_x)
            subsamplingY = Int(header.subsampling_y)
            isBigEndian = header.is_big_endian != 0
        }

        var description: String {
            "photometric interpretation \(photometric), \(samples) samples of \(bits) bits, "
                + "sample format \(format), extra samples \(extras), fill order \(fillOrder)"
        }
    }

    private static func gray(_ tags: Tags) -> TIFFLayout? {
        let isInverted = tags.photometric == 0
        switch (tags.bits, tags.format, tags.samples) {
        case (1, 1, 1), (2, 1, 1), (4, 1, 1), (8, 1, 1):
            return .indexed(ColorTable(grayBits: tags.bits, inverted: isInverted))
        case (8, 2, 1) where !isInverted && tags.fillOrder == 1:
            return .indexed(ColorTable(grayBits: 8))
        case (8, 1, 2) where !isInverted && tags.fillOrder == 1 && (tags.extras == [0] || tags.extras == [2]):
            return .indexed(ColorTable(grayBits: 8))
        default:
            guard tags.samples == 1 else { return nil }
            return wideSample(tags, isInverted: isInverted).map(TIFFLayout.wideGray)
        }
    }

    private static func wideSample(_ tags: Tags, isInverted: Bool) -> WideSample? {
        let isPlain = !isInverted && tags.fillOrder == 1
        switch (tags.bits, tags.format) {
        case (12, 1) where isPlain && !tags.isBigEndian: return .packed12
        // Pillow doesn't invert these, and supports each of them in one byte order only.
        case (16, 1) where isPlain || (!tags.isBigEndian && isInverted != (tags.fillOrder == 2)):
            return .unsigned16
        case (16, 2) where isPlain: return .signed16
        case (32, 1) where isPlain && !tags.isBigEndian: return .signed32
        case (32, 2) where isPlain: return .signed32
        case (32, 3) where tags.fillOrder == 1: return .float32
        default: return nil
        }
    }

    private static func color(_ tags: Tags) -> TIFFLayout? {
        guard tags.format == 1, tags.fillOrder == 1 || (tags.bits == 8 && tags.samples == 3) else {
            return nil
        }
        switch (tags.bits, tags.samples, tags.extras) {
        case (8, 3, []), (8, 4, []), (8, 4, [0]), (8, 4, [2]), (16, 3, []), (16, 4, []), (16, 4, [0]),
            (16, 4, [2]),
            (8, 5, [0, 0]), (8, 6, [0, 0, 0]), (8, 5, [2, 0]), (8, 6, [2, 0, 0]):
            return .color(unmultiplies: false)
        case (8, 4, [1]), (16, 4, [1]), (8, 5, [1, 0]), (8, 6, [1, 0, 0]):
            return .color(unmultiplies: true)
        default: return nil
        }
    }

    private static func palette(_ tags: Tags, _ header: headstart_tiff_header) -> TIFFLayout? {
        guard tags.format == 1, header.palette_count > 0 else { return nil }
        switch (tags.bits, tags.samples, tags.extras) {
        case (1, 1, []), (2, 1, []), (4, 1, []), (8, 1, []), (8, 2, [0]), (8, 2, [2]):
            return withUnsafeBytes(of: header.palette) {
                .indexed(ColorTable(palette: $0.prefix(3 * Int(header.palette_count))))
            }
        default: return nil
        }
    }

    private static func inks(_ tags: Tags) -> TIFFLayout? {
        guard tags.format == 1, tags.fillOrder == 1 else { return nil }
        switch (tags.bits, tags.samples, tags.extras) {
        case (8, 4, []), (8, 5, [0]), (8, 6, [0, 0]), (16, 4, []): return .cmyk
        default: return nil
        }
    }

    private static func luma(_ tags: Tags) -> TIFFLayout? {
        guard tags.bits == 8, tags.format == 1, tags.extras.isEmpty, tags.fillOrder == 1 else { return nil }
        if tags.samples == 1 { return .indexed(ColorTable(grayBits: 8)) }
        guard tags.samples == 3 else { return nil }
        if tags.compression == TIFFTags.jpeg && !tags.isPlanar { return .color(unmultiplies: false) }
        // Without compression, Pillow takes the samples as whole pixels, which fails if they are subsampled.
        guard tags.compression == 1 else { return .libtiffColor }
        if tags.isPlanar { return nil }
        return tags.subsamplingX == 1 && tags.subsamplingY == 1 ? .ycbcr : nil
    }
}
