/// Maps the samples of a one-channel picture to colours: 256 entries of red, green, blue.
struct ColorTable {
    /// 768 bytes.
    private(set) var entries: [UInt8]

    /// Greys of 1, 2, 4 or 8 bits, spread over 0...255; with `inverted`, 0 is white.
    init(grayBits bits: Int, inverted: Bool = false) {
        let scale = 255 / ((1 << bits) - 1)
        entries = (0..<256).flatMap { sample -> [UInt8] in
            let gray = UInt8(truncatingIfNeeded: sample * scale)
            return Array(repeating: inverted ? 255 - gray : gray, count: 3)
        }
    }

    /// A palette of up to 256 colours. Samples beyond its end are black, as in Pillow.
    init(palette: some Sequence<UInt8>) {
        entries = Array(palette.prefix(768))
        entries.append(contentsOf: repeatElement(0, count: 768 - entries.count))
    }

    /// Writes `count` pixels whose samples of 1, 2, 4 or 8 bits are packed, the first in the highest bits.
    ///
    /// - Parameter pixelBytes: the distance between 8-bit samples; more than 1 if other channels follow.
    func write(
        _ source: UnsafePointer<UInt8>, bits: Int, pixelBytes: Int = 1, count: Int,
        to target: UnsafeMutablePointer<UInt8>
    ) {
        entries.withUnsafeBufferPointer { colors in
            for pixel in 0..<count {
                let sample: Int
                if bits == 8 {
                    sample = Int(source[pixel * pixelBytes])
                } else {
                    let position = pixel * bits
                    let shift = 8 - bits - (position & 7)
                    sample = (Int(source[position >> 3]) >> shift) & ((1 << bits) - 1)
                }
                target[3 * pixel] = colors[3 * sample]
                target[3 * pixel + 1] = colors[3 * sample + 1]
                target[3 * pixel + 2] = colors[3 * sample + 2]
            }
        }
    }
}

/// Converts rows with at least one byte per channel to RGB.
enum PixelRow {
    /// Copies three bytes of each pixel, at `offsets` from its start.
    static func copy(
        _ source: UnsafePointer<UInt8>, pixelBytes: Int, offsets: (red: Int, green: Int, blue: Int),
        count: Int,
        to target: UnsafeMutablePointer<UInt8>
    ) {
        for pixel in 0..<count {
            let start = pixel * pixelBytes
            target[3 * pixel] = source[start + offsets.red]
            target[3 * pixel + 1] = source[start + offsets.green]
            target[3 * pixel + 2] = source[start + offsets.blue]
        }
    }

    /// Writes greys of more than 8 bits as Pillow converts them: clipped at 255, not scaled.
    static func writeClipped(
        count: Int, to target: UnsafeMutablePointer<UInt8>, gray: (_ pixel: Int) -> Int
    ) {
        for pixel in 0..<count {
            let value = UInt8(clamping: gray(pixel))
            target[3 * pixel] = value
            target[3 * pixel + 1] = value
            target[3 * pixel + 2] = value
        }
    }
}
