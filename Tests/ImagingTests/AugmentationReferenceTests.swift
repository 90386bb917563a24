import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import Imaging

/// A reference folder's `augment`: what Keras' `apply_transform` makes of one picture.
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

    @Test("a warp gives Keras' values within 1e-3 of 255", arguments: ReferenceFolder.all)
    func warpsAsKeras(reference: ReferenceFolder) throws {
        let cases = try JSONDecoder().decode([Case].self, from: reference.data("augment/cases.json"))
        #expect(cases.count == 10)
        let source = try NumpyArray(path: reference.path("augment/source.npy"))
        let image = RGBImage(
            width: source.shape[1], height: source.shape[0],
            pixels: try #require(source.floats).map { UInt8($0) })
        for (index, item) in cases.enumerated() {
            let expected = try #require(
                NumpyArray(path: reference.path("augment/case0\(index).npy")).floats)
            let warped = image.warped(by: item.draw).values
            expectClose(warped, expected, atMost: 1e-3, "case \(index)")
        }
    }
}
