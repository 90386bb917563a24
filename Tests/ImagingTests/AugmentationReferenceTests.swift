import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import Imaging

/// `golden/augment`: what Keras' `apply_transform` makes of one picture.
@Suite(.enabled(if: SharedFolder.isPresent, "../shared is absent"))
struct AugmentationReferenceTests {
    private struct Case: Decodable {
        let theta, tx, ty, shear, zx, zy: Double
        let flipHorizontal: Bool

        enum CodingKeys: String, CodingKey {
            case theta, tx, ty, shear, zx, zy
            case flipHorizontal = "flip_horizontal"
        }

        var draw: AffineDraw {
            AffineDraw(
                thetaDegrees: theta, tx: tx, ty: ty, shearDegrees: shear, zx: zx, zy: zy,
                flipHorizontal: flipHorizontal)
        }
    }

    @Test("a warp gives Keras' values within 1e-3 of 255")
    func warpsAsKeras() throws {
        let list = try Data(contentsOf: URL(filePath: SharedFolder.path("golden/augment/cases.json")))
        let cases = try JSONDecoder().decode([Case].self, from: list)
        #expect(cases.count == 10)
        let source = try NumpyArray(path: SharedFolder.path("golden/augment/source.npy"))
        let image = RGBImage(
            width: source.shape[1], height: source.shape[0],
            pixels: try #require(source.floats).map { UInt8($0) })
        for (index, item) in cases.enumerated() {
            let expected = try #require(
                NumpyArray(path: SharedFolder.path("golden/augment/case0\(index).npy")).floats)
            let warped = image.warped(by: item.draw).values
            expectClose(warped, expected, atMost: 1e-3, "case \(index)")
        }
    }
}
