import ExactArithmetic
import TestSupport
import Testing

@testable import Imaging

struct AffineDrawTests {
    @Test("a draw is shear, zoom x, zoom y and flip, in this order, from the picture's own numbers")
    func drawsInOrder() {
        let ranges = AugmentationRanges(shearDegrees: 5, zoom: 0.25)
        for index in 0..<20 {
            var generator = CounterBasedGenerator(
                seed: 9, purpose: .augmentation, epoch: 3, index: UInt32(index))
            let numbers = (0..<4).map { _ in generator.nextUnit() }
            let draw = AffineDraw.draw(ranges: ranges, seed: 9, epoch: 3, imageIndex: index)
            #expect(draw.shearDegrees == -5 + 10 * numbers[0])
            #expect(draw.zx == 0.75 + 0.5 * numbers[1])
            #expect(draw.zy == 0.75 + 0.5 * numbers[2])
            #expect(draw.flipHorizontal == (numbers[3] < 0.5))
            #expect([draw.thetaDegrees, draw.tx, draw.ty] == [0, 0, 0])
        }
    }

    @Test("draws fill their ranges evenly and flip half of the pictures")
    func fillsRanges() {
        let draws = (0..<4000).map {
            AffineDraw.draw(ranges: AugmentationRanges(), seed: 1, epoch: 0, imageIndex: $0)
        }
        #expect(draws.allSatisfy { abs($0.shearDegrees) <= 0.2 && (0.8...1.2).contains($0.zx) })
        #expect(draws.map(\.zx) != draws.map(\.zy))
        let flips = draws.count { $0.flipHorizontal }
        #expect((1800...2200).contains(flips))
        let zoomSum = draws.map(\.zy).reduce(0, +)
        #expect(abs(zoomSum / 4000 - 1) < 0.01)
    }

    @Test(
        "another epoch, seed or picture is another draw, and a range of zero leaves the others alone"
    )
    func dependsOnItsKey() {
        func draw(_ ranges: AugmentationRanges = .init(), seed: UInt64 = 1, epoch: Int = 2, index: Int = 3)
            -> AffineDraw
        {
            AffineDraw.draw(ranges: ranges, seed: seed, epoch: epoch, imageIndex: index)
        }
        let reference = draw()
        #expect(reference == draw())
        #expect(reference != draw(seed: 2) && reference != draw(epoch: 1) && reference != draw(index: 4))
        let withoutShear = draw(AugmentationRanges(shearDegrees: 0))
        #expect(withoutShear.shearDegrees == 0 && withoutShear.zx == reference.zx)
        #expect(!draw(AugmentationRanges(horizontalFlip: false)).flipHorizontal)
    }

    @Test("a draw that changes nothing gives the picture's own values, and a flip alone mirrors them")
    func identity() {
        let image = RGBImage(width: 3, height: 2, pixels: (0..<18).map(UInt8.init))
        expectSame(image.warped(by: AffineDraw()), FloatImage(image))
        let flipped = image.warped(by: AffineDraw(flipHorizontal: true))
        #expect(flipped.values == [6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11])
        expectSame(RGBImage(rounding: FloatImage(image)), image)
    }
}
