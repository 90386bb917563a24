import CPNG

package enum PNGEncoder {
    /// Encodes an 8-bit RGB file, whose bytes depend only on the pixels and the version of libpng.
    package static func encode(_ image: RGBImage) -> [UInt8] {
        var count = 0
        guard let bytes = headstart_png_encode(image.pixels, Int32(image.width), Int32(image.height), &count)
        else {
            preconditionFailure("libpng refused a picture of \(image.width) x \(image.height)")
        }
        defer { headstart_png_free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}
