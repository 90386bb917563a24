import CWebP

/// Encodes pictures for web pages as WebP, in about a tenth of the size of PNG.
package enum WebPEncoder {
    /// At thumbnail size this quality looks like the original.
    private static let quality: Float = 82

    /// Encodes a lossy file; `nil` if the picture exceeds the format's limit of 16383 pixels per side.
    package static func encode(_ image: RGBImage) -> [UInt8]? {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = WebPEncodeRGB(
            image.pixels, Int32(image.width), Int32(image.height), Int32(image.width * 3), quality, &bytes)
        guard let bytes, count > 0 else { return nil }
        defer { WebPFree(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}
