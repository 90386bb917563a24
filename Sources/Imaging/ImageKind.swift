/// A kind of picture file, recognised by its first bytes.
package enum ImageKind: String, Sendable, CaseIterable, CustomStringConvertible {
    case jpeg = "JPEG"
    case png = "PNG"
    case bmp = "BMP"
    case pnm = "PNM"
    case tiff = "TIFF"
    case gif = "GIF"
    case webp = "WebP"

    package var description: String { rawValue }

    /// `nil` if `bytes` begin as none of these kinds.
    package init?(firstBytes bytes: UnsafeRawBufferPointer) {
        func begins(with signature: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + signature.count
                && signature.indices.allSatisfy { bytes[offset + $0] == signature[$0] }
        }
        func begins(with text: String, at offset: Int = 0) -> Bool {
            begins(with: Array(text.utf8), at: offset)
        }

        if begins(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if begins(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if begins(with: "GIF87a") || begins(with: "GIF89a") {
            self = .gif
        } else if begins(with: "RIFF") && begins(with: "WEBP", at: 8) {
            self = .webp
        } else if Self.tiffSignatures.contains(where: { begins(with: $0) }) {
            self = .tiff
        } else if begins(with: "BM") {
            self = .bmp
        } else if bytes.count >= 2, bytes[0] == UInt8(ascii: "P"), Self.pnmDigits.contains(bytes[1]) {
            self = .pnm
        } else {
            return nil
        }
    }

    /// Little- and big-endian, classic and BigTIFF.
    private static let tiffSignatures: [[UInt8]] = [
        [0x49, 0x49, 42, 0], [0x4D, 0x4D, 0, 42], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 43],
    ]

    private static let pnmDigits = UInt8(ascii: "1")...UInt8(ascii: "6")
}
