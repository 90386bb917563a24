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

    @Test(
        "a photo of 12,000 x 9,000 pixels is within the standard limit, which is Pillow's, and one more isn't"
    )
    func standardLimit() {
        let options = DecodingOptions()
        #expect(throws: Never.self) { try options.check(width: 12_000, height: 9_000, kind: .jpeg) }
        #expect(throws: Never.self) { try options.check(width: 178_956_970, height: 1, kind: .png) }
        let refusal = #expect(throws: ImageDecodingError.self) {
            try options.check(width: 178_956_971, height: 1, kind: .png)
        }
        #expect((refusal?.description ?? "").contains("raise --pixel-limit"))
    }

    @Test("a picture for which there is no memory is no fault of the picture")
    func blamesTheMachine() {
        // More than an address can tell: 10,000,000 x 10,000,000.
        var header: [UInt8] =
            [0x49, 0x48, 0x44, 0x52] + [0, 0x98, 0x96, 0x80, 0, 0x98, 0x96, 0x80, 8, 2, 0, 0, 0]
        let sum = header.withUnsafeBytes { CyclicRedundancyCheck.value(of: $0[...]) }
        header += withUnsafeBytes(of: sum.bigEndian) { Array($0) }
        let file: [UInt8] =
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + header + [
                0, 0, 0, 4, 0x49, 0x44, 0x41, 0x54,
            ]
        let options = DecodingOptions(pixelLimit: .max)
        let refusal = #expect(throws: ImageDecodingError.self) {
            try ImageDecoder.decode(file, options: options)
        }
        #expect(refusal == .outOfMemory && refusal?.isFaultOfMachine == true)
        #expect(!ImageDecodingError.notAPicture.isFaultOfMachine)
    }
}
