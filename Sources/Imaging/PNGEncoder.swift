import CPNG

/// Pictures to PNG files.
package enum PNGEncoder {
    /// An 8-bit RGB file; the bytes depend on the pixels and the version of libpng only.
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
