import Foundation
import TestSupport
import Testing

@testable import Imaging

struct ExifOrientationTests {
    @Test(
        "a picture is turned upright as Pillow turns it, where that is asked for",
        arguments: OddFile.oriented + OddFile.orientedByXMP
    )
    func turnsUpright(file: OddFile) throws {
        let bytes = [UInt8](try #require(Data(base64Encoded: file.contents)))
        let expected = [UInt8](try #require(Data(base64Encoded: file.pixels)))
        let image = try ImageDecoder.decode(bytes, options: DecodingOptions(honorsExifOrientation: true))
        #expect(image.width == file.width && image.height == file.height)
        expectClose(image.pixels, expected, atMost: file.name.hasPrefix("JPEG") ? 2 : 0)
    }

    @Test("a picture's orientation is left alone unless it is asked for")
    func leavesAlone() throws {
        let file = try #require(OddFile.oriented.first { $0.name.contains("orientation 6") })
        let bytes = [UInt8](try #require(Data(base64Encoded: file.contents)))
        let image = try ImageDecoder.decode(bytes)
        #expect(image.width == file.height && image.height == file.width)
    }

    @Test("a turned picture is resized after the turn")
    func turnsBeforeResizing() throws {
        let options = DecodingOptions(honorsExifOrientation: true)
        for file in OddFile.oriented {
            let bytes = [UInt8](try #require(Data(base64Encoded: file.contents)))
            let whole = try ImageDecoder.decode(bytes, options: options)
            let fitted = try ImageDecoder.decode(bytes, fittedTo: 17, options: options)
            expectSame(fitted, whole.resizedNearest(width: 17, height: 17))
        }
    }

    @Test("EXIF that points outside itself says nothing")
    func toleratesNonsense() {
        for text in ["", "Exif", "Exif\0\0II*\0", "II*\0\u{7F}\u{7F}\u{7F}\u{7F}", "MM\0*\0\0\0\u{8}\0\u{9}"]
        {
            let bytes = Array(text.utf8)
            #expect(bytes.withUnsafeBytes { ExifOrientation(exif: $0) } == nil)
        }
    }
}
