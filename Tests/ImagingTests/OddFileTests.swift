import Foundation
import TestSupport
import Testing

@testable import Imaging

struct OddFileTests {
    @Test(
        "a file of an odd variety becomes Pillow's pixels, or is refused where Pillow refuses it",
        arguments: OddFile.all)
    func decodesAsPillow(file: OddFile) throws {
        let bytes = [UInt8](try #require(Data(base64Encoded: file.contents)))
        guard file.width > 0 else {
            #expect(throws: ImageDecodingError.self) { try ImageDecoder.decode(bytes) }
            return
        }
        let image = try ImageDecoder.decode(bytes)
        #expect(image.width == file.width && image.height == file.height)
        expectSame(image.pixels, [UInt8](try #require(Data(base64Encoded: file.pixels))))
    }

    @Test("a file's refusal says what is wrong and what to do")
    func refusalsExplain() {
        #expect(throws: ImageDecodingError.notAPicture) { try ImageDecoder.decode([]) }
        #expect(throws: ImageDecodingError.notAPicture) { try ImageDecoder.decode(Array("hello".utf8)) }
        #expect("\(ImageDecodingError.notAPicture)".contains("not a picture of a known kind"))
        #expect(
            "\(ImageDecodingError.truncated(.png))" == "the PNG file ends early; copy or download it again")
    }
}
