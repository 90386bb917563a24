/// Converts rows of interleaved TIFF samples to RGB.
struct TIFFRow {
    let layout: TIFFLayout
    let bits: Int

    /// The distance between pixels in bytes, for samples of whole bytes.
    let pixelBytes: Int

    func write(_ row: UnsafePointer<UInt8>, count: Int, to target: UnsafeMutablePointer<UInt8>) {
        // The second of two bytes is the high one, since libtiff has converted to this machine's byte order.
        let (sampleBytes, high) = (bits / 8, bits / 8 - 1)
        switch layout {
        case .indexed(let table):
            table.write(row, bits: bits, pixelBytes: pixelBytes, count: count, to: target)
        case .wideGray(let sample):
            PixelRow.writeClipped(count: count, to: target) { Self.gray(row, at: $0, sample) }
        case .color(unmultiplies: false):
            PixelRow.copy(
                row, pixelBytes: pixelBytes, offsets: (high, sampleBytes + high, 2 * sampleBytes + high),
                count: count, to: target)
        case .color(unmultiplies: true):
            for pixel in 0..<count {
                let start = row + pixel * pixelBytes + high
                let alpha = Int(start[3 * sampleBytes])
                for channel in 0..<3 {
                    let value = Int(start[channel * sampleBytes])
                    target[3 * pixel + channel] = alpha == 0 ? 0 : UInt8(min(value * 255 / alpha, 255))
                }
            }
        case .cmyk:
            for pixel in 0..<count {
                let start = row + pixel * pixelBytes + high
                let light = 255 - Int(start[3 * sampleBytes])
                for channel in 0..<3 {
                    let scaled = Int(start[channel * sampleBytes]) * light + 128
                    target[3 * pixel + channel] = UInt8(clamping: light - ((scaled >> 8) + scaled) >> 8)
                }
            }
        case .ycbcr, .libtiffColor:
            for pixel in 0..<count { Self.writeYCbCr(row + pixel * pixelBytes, to: target + 3 * pixel) }
        }
    }

    private static func gray(_ row: UnsafePointer<UInt8>, at pixel: Int, _ sample: TIFFLayout.WideSample)
        -> Int
    {
        let bytes = UnsafeRawPointer(row)
        switch sample {
        case .packed12:
            let start = pixel / 2 * 3
            return pixel & 1 == 0
                ? Int(row[start]) << 4 | Int(row[start + 1]) >> 4
                : Int(row[start + 1] & 15) << 8 | Int(row[start + 2])
        case .unsigned16: return Int(bytes.loadUnaligned(fromByteOffset: 2 * pixel, as: UInt16.self))
        case .signed16: return Int(bytes.loadUnaligned(fromByteOffset: 2 * pixel, as: Int16.self))
        case .signed32: return Int(bytes.loadUnaligned(fromByteOffset: 4 * pixel, as: Int32.self))
        case .float32:
            let value = bytes.loadUnaligned(fromByteOffset: 4 * pixel, as: Float.self)
            return value > 0 ? Int(min(value, 255)) : 0
        }
    }

    /// Pillow's fixed-point conversion: coefficients in 64ths, each product plus 1/2 and then truncated
    /// towards zero.
    private static func writeYCbCr(_ pixel: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>) {
        let (luma, blue, red) = (Int(pixel[0]), Int(pixel[1]) - 128, Int(pixel[2]) - 128)
        func part(_ coefficient: Double, _ difference: Int) -> Int {
            Int(coefficient * 64 * Double(difference) + 0.5)
        }
        target[0] = UInt8(clamping: luma + part(1.402, red) >> 6)
        target[1] = UInt8(clamping: luma + (part(-0.34414, blue) + part(-0.71414, red)) >> 6)
        target[2] = UInt8(clamping: luma + part(1.772, blue) >> 6)
    }
}
