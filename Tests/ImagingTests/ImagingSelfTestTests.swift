import Foundation
import Testing

@testable import Imaging

struct ImagingSelfTestTests {
    @Test("the self-test gives one digest every time, on any thread")
    func isStable() async throws {
        let reference = try ImagingSelfTest.digest()
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { try ImagingSelfTest.digest() } }
            for try await digest in group { #expect(digest == reference) }
        }
    }

    @Test("the built-in pictures show the gradient that they were made from")
    func showsTheGradient() throws {
        for file in SelfTestPictures.files {
            let image = try ImageDecoder.decode([UInt8](try #require(Data(base64Encoded: file.base64))))
            #expect(image.width == 40 && image.height == 24)
            let red = (0..<40).map { Int(image.pixels[3 * (12 * 40 + $0)]) }
            let worst = red.enumerated().map { abs($1 - $0 * 255 / 39) }.max()
            #expect(
                try #require(worst) <= (file.name.contains("lossless") || file.name.contains("LZW") ? 0 : 24))
        }
    }
}
