import ExactArithmetic

/// The ranges that the training augmentation draws from. The defaults are those of the Keras recipe.
package struct AugmentationRanges: Sendable, Hashable, Codable {
    /// The shear angle is drawn from -shearDegrees...shearDegrees.
    package var shearDegrees: Double

    /// Each axis' zoom is drawn from 1 - zoom...1 + zoom; above 1 the picture shrinks.
    package var zoom: Double

    /// Whether a picture may be mirrored left to right.
    package var horizontalFlip: Bool

    package init(shearDegrees: Double = 0.2, zoom: Double = 0.2, horizontalFlip: Bool = true) {
        precondition(shearDegrees >= 0 && (0..<1).contains(zoom))
        self.shearDegrees = shearDegrees
        self.zoom = zoom
        self.horizontalFlip = horizontalFlip
    }
}

/// One picture's augmentation in one epoch: the parameters of Keras' `ImageDataGenerator.apply_transform`.
package struct AffineDraw: Sendable, Equatable {
    package var thetaDegrees = 0.0
    /// The shift, in columns, of the place that a pixel is sampled from.
    package var tx = 0.0
    /// The shift, in rows, of the place that a pixel is sampled from.
    package var ty = 0.0
    package var shearDegrees = 0.0
    package var zx = 1.0
    package var zy = 1.0
    package var flipHorizontal = false

    /// The defaults leave the picture unchanged.
    package init(
        thetaDegrees: Double = 0, tx: Double = 0, ty: Double = 0, shearDegrees: Double = 0, zx: Double = 1,
        zy: Double = 1, flipHorizontal: Bool = false
    ) {
        self.thetaDegrees = thetaDegrees
        self.tx = tx
        self.ty = ty
        self.shearDegrees = shearDegrees
        self.zx = zx
        self.zy = zy
        self.flipHorizontal = flipHorizontal
    }

    /// The draw of picture `imageIndex` in `epoch`: a pure function of its arguments.
    ///
    /// This is a contract, because a repeated run must draw the same values. Whatever the ranges are, four
    /// numbers u in [0, 1) are taken from the generator (seed, augmentation, epoch, imageIndex). The first
    /// three give the shear in degrees, zx and zy, in this order, as low + (high - low) u. The picture is
    /// flipped if flips are allowed and the fourth is below 1/2.
    package static func draw(
        ranges: AugmentationRanges, seed: UInt64, epoch: Int, imageIndex: Int
    ) -> AffineDraw {
        var generator = CounterBasedGenerator(
            seed: seed, purpose: .augmentation, epoch: UInt32(epoch), index: UInt32(imageIndex))
        let shear = generator.nextUniform(in: -ranges.shearDegrees...ranges.shearDegrees)
        let zx = generator.nextUniform(in: (1 - ranges.zoom)...(1 + ranges.zoom))
        let zy = generator.nextUniform(in: (1 - ranges.zoom)...(1 + ranges.zoom))
        let flips = generator.nextUnit() < 0.5
        return AffineDraw(shearDegrees: shear, zx: zx, zy: zy, flipHorizontal: ranges.horizontalFlip && flips)
    }
}
