import TestSupport
import Testing

@testable import Imaging

struct PNGEncoderTests {
    @Test("an encoded picture decodes to itself, and encodes to the same bytes again")
    func roundTrip() throws {
        for (width, height) in [(1, 1), (5, 3), (64, 17), (300, 200)] {
            let pixels = (0..<(width * height * 3)).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ ($0 >> 5)) }
            let image = RGBImage(width: width, height: height, pixels: pixels)
            let file = PNGEncoder.encode(image)
            expectSame(try ImageDecoder.decode(file), image)
            expectSame(PNGEncoder.encode(image), file)
        }
    }
}
