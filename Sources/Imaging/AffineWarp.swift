import ExactArithmetic

extension RGBImage {
    /// Augments the picture as Keras' `ImageDataGenerator.apply_transform` with `fill_mode="nearest"` does:
    /// one affine warp about the centre with bilinear sampling, where places outside the picture take the
    /// nearest edge pixel, then the flip.
    ///
    /// Each value is computed by a fixed sequence of IEEE operations: coordinates in double, weights and
    /// values in float32, each product and sum rounded separately. The bits are therefore the same on every
    /// machine.
    package func warped(by draw: AffineDraw) -> FloatImage {
        guard let map = AffineMap(draw, width: width, height: height) else {
            return draw.flipHorizontal ? FloatImage(self).flippedHorizontally() : FloatImage(self)
        }
        let values = [Float](unsafeUninitializedCapacity: pixels.count) { target, count in
            pixels.withUnsafeBufferPointer { source in
                if let source = source.baseAddress, let target = target.baseAddress {
                    sample(source, through: map, flips: draw.flipHorizontal, into: target)
                }
            }
            count = pixels.count
        }
        return FloatImage(width: width, height: height, values: values)
    }

    private func sample(
        _ source: UnsafePointer<UInt8>, through map: AffineMap, flips: Bool,
        into target: UnsafeMutablePointer<Float>
    ) {
        let (lastRow, lastColumn) = (Double(height - 1), Double(width - 1))
        for y in 0..<height {
            let rowStart = map.rowFromY * Double(y) + map.rowOffset
            let columnStart = map.columnFromY * Double(y) + map.columnOffset
            for x in 0..<width {
                let row = min(max(map.rowFromX * Double(x) + rowStart, 0), lastRow)
                let column = min(max(map.columnFromX * Double(x) + columnStart, 0), lastColumn)
                let (top, left) = (Int(row), Int(column))
                let (down, right) = (Float(row - Double(top)), Float(column - Double(left)))
                // In the last row or column the next pixel has weight 0, so any pixel can stand in for it.
                let nextRow = top + 1 < height ? 3 * width : 0
                let nextColumn = left + 1 < width ? 3 : 0
                let corner = source + 3 * (top * width + left)
                let place = target + 3 * (y * width + (flips ? width - 1 - x : x))
                for channel in 0..<3 {
                    let upper =
                        Float(corner[channel]) * (1 - right) + Float(corner[channel + nextColumn]) * right
                    let lower =
                        Float(corner[channel + nextRow]) * (1 - right)
                        + Float(corner[channel + nextRow + nextColumn]) * right
                    place[channel] = upper * (1 - down) + lower * down
                }
            }
        }
    }
}

extension FloatImage {
    fileprivate func flippedHorizontally() -> FloatImage {
        var flipped = values
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 {
                    flipped[3 * (y * width + x) + channel] = values[3 * (y * width + width - 1 - x) + channel]
                }
            }
        }
        return FloatImage(width: width, height: height, values: flipped)
    }
}

/// Maps a pixel of the warped picture to the place in the source that it is sampled from.
private struct AffineMap {
    var rowFromY: Double
    var rowFromX: Double
    var rowOffset: Double
    var columnFromY: Double
    var columnFromX: Double
    var columnOffset: Double

    /// Rotation, shift, shear and zoom in Keras' order, about the centre; `nil` if nothing moves.
    ///
    /// Keras writes its matrices for (column, row) but takes the centre from (height, width). A picture that
    /// isn't square is therefore not transformed about its centre; this is reproduced.
    init?(_ draw: AffineDraw, width: Int, height: Int) {
        let radians = Double.pi / 180
        var matrix = LinearMap.identity
        var shift = (x: 0.0, y: 0.0)
        if draw.thetaDegrees != 0 {
            let (sine, cosine) = Self.sineAndCosine(draw.thetaDegrees * radians)
            matrix = LinearMap(a: cosine, b: -sine, c: sine, d: cosine)
        }
        if draw.tx != 0 || draw.ty != 0 { shift = matrix.applied(draw.tx, draw.ty) }
        if draw.shearDegrees != 0 {
            let (sine, cosine) = Self.sineAndCosine(draw.shearDegrees * radians)
            matrix = matrix.after(LinearMap(a: 1, b: -sine, c: 0, d: cosine))
        }
        if draw.zx != 1 || draw.zy != 1 {
            matrix = matrix.after(LinearMap(a: draw.zx, b: 0, c: 0, d: draw.zy))
        }
        if matrix == .identity && shift == (0, 0) { return nil }

        let center = (x: Double(height) / 2 - 0.5, y: Double(width) / 2 - 0.5)
        let moved = matrix.applied(center.x, center.y)
        columnFromX = matrix.a
        columnFromY = matrix.b
        rowFromX = matrix.c
        rowFromY = matrix.d
        columnOffset = center.x + shift.x - moved.x
        rowOffset = center.y + shift.y - moved.y
    }

    private static func sineAndCosine(_ angle: Double) -> (Double, Double) {
        (ExactMath.sin(angle), ExactMath.cos(angle))
    }
}

/// The 2 x 2 matrix (a b; c d).
private struct LinearMap: Equatable {
    var a: Double
    var b: Double
    var c: Double
    var d: Double

    static let identity = LinearMap(a: 1, b: 0, c: 0, d: 1)

    func applied(_ x: Double, _ y: Double) -> (x: Double, y: Double) { (a * x + b * y, c * x + d * y) }

    /// The map that does `first`, then this one.
    func after(_ first: LinearMap) -> LinearMap {
        LinearMap(
            a: a * first.a + b * first.c, b: a * first.b + b * first.d,
            c: c * first.a + d * first.c, d: c * first.b + d * first.d)
    }
}
