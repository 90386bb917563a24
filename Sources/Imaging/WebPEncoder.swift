import CWebP

/// Pictures to WebP files, for pages: a tenth of a PNG's bytes.
package enum WebPEncoder {
    /// What looks like the picture at the size of a thumbnail.
    private static let quality: Float = 82

    /// A lossy file; `nil` for a picture that is larger than the format allows (16383 pixels a side).
    package static func encode(_ image: RGBImage) -> [UInt8]? {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = WebPEncodeRGB(
            image.pixels, Int32(image.width), Int32(image.height), Int32(image.width * 3), quality, &bytes)
        guard let bytes, count > 0 else { return nil }
        defer { WebPFree(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}
