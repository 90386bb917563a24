import Testing

@testable import Imaging

@Suite("Thumbnails for pages")
struct ThumbnailTests {
    @Test("a pixel is the mean of those it stands for")
    func means() {
        let image = RGBImage(
            width: 4, height: 2,
            pixels: [
                0, 0, 0, 10, 20, 30, 100, 100, 100, 100, 100, 100,
                20, 40, 60, 30, 60, 90, 200, 200, 200, 200, 200, 200,
            ])
        #expect(
            image.thumbnail(side: 2) == RGBImage(width: 2, height: 1, pixels: [15, 30, 45, 150, 150, 150]))
    }

    @Test("the form is kept, no side is longer than asked for, and small pictures stay as they are")
    func sizes() {
        for (width, height, newWidth, newHeight) in [
            (1000, 500, 320, 160), (500, 1000, 160, 320), (321, 320, 320, 319), (3000, 1, 320, 1),
            (100, 320, 100, 320),
        ] {
            let pixels = [UInt8](repeating: 7, count: width * height * 3)
            let small = RGBImage(width: width, height: height, pixels: pixels).thumbnail(side: 320)
            #expect(small.width == newWidth && small.height == newHeight, "\(width) x \(height)")
            #expect(small.pixels.allSatisfy { $0 == 7 })
        }
    }

    @Test("a WebP file has the picture's size and about its colours")
    func webP() throws {
        var pixels: [UInt8] = []
        for row in 0..<60 { for column in 0..<80 { pixels += [UInt8(row * 4), UInt8(column * 3), 128] } }
        let image = RGBImage(width: 80, height: 60, pixels: pixels)
        let bytes = try #require(WebPEncoder.encode(image))
        #expect(bytes.count < 4000)
        let read = try ImageDecoder.decode(bytes)
        #expect(read.width == 80 && read.height == 60)
        let errors = zip(read.pixels, image.pixels).map { abs(Int($0) - Int($1)) }
        #expect(errors.reduce(0, +) / errors.count <= 4)
        #expect(
            WebPEncoder.encode(RGBImage(width: 16_384, height: 1, pixels: Array(repeating: 0, count: 49_152)))
                == nil)
    }
}
