import Testing

/// A small file of an odd variety, and what Pillow 13's `Image.open(file).convert("RGB")` makes of it.
///
/// The files hold random samples and were written byte by byte, those of WebP by Pillow.
struct OddFile: CustomTestStringConvertible, Sendable {
    let name: String

    /// In base64.
    let contents: String

    /// Pillow's width and height; 0 where the file is refused.
    let width, height: Int

    /// Pillow's pixels in base64.
    let pixels: String

    var testDescription: String { name }

    init(_ name: String, _ contents: String, _ width: Int, _ height: Int, _ pixels: String) {
        self.name = name
        self.contents = contents
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Every kind's files.
    static let all =
        png + bmp + pnm + gif + webp + tiff + brokenPNG + brokenGIF + brokenBMP + brokenTIFF + brokenJPEG
}
