import Foundation
import TestSupport
import Testing

@testable import Imaging

struct PixelLimitTests {
    @Test("a picture over the limit is refused by name from its header alone", arguments: ImageKind.allCases)
    func refusesLargePictures(kind: ImageKind) throws {
        let contents = [
            ImageKind.jpeg: SelfTestPictures.files[0].base64, .webp: SelfTestPictures.files[2].base64,
            .tiff: SelfTestPictures.files[4].base64,
        ]
        let small = [ImageKind.png: OddFile.png, .bmp: OddFile.bmp, .pnm: OddFile.pnm, .gif: OddFile.gif]
        let text = try #require(contents[kind] ?? small[kind]?.first?.contents)
        let bytes = [UInt8](try #require(Data(base64Encoded: text)))
        let image = try ImageDecoder.decode(bytes)
        let pixels = image.width * image.height
        expectSame(try ImageDecoder.decode(bytes, options: DecodingOptions(pixelLimit: pixels)), image)
        let refusal = #expect(throws: ImageDecodingError.self) {
            try ImageDecoder.decode(bytes, fittedTo: 224, options: DecodingOptions(pixelLimit: 10))
        }
        guard case .tooLarge(_, _, limit: 10) = refusal else {
            Issue.record("refused as \(String(describing: refusal))")
            return
        }
    }

    @Test("a header that promises more than memory holds is refused before any is taken")
    func refusesBombs() {
        let bombs = [
            "P6 100000 100000 255\n", "P5 9999999999 9999999999 255\n", "P1 50000 50000\n1",
        ]
        for bomb in bombs {
            let refusal = #expect(throws: ImageDecodingError.self) {
                try ImageDecoder.decode(Array(bomb.utf8))
            }
            guard case .tooLarge = refusal else {
                Issue.record("\(bomb) was refused as \(String(describing: refusal))")
                continue
            }
        }
    }
}
