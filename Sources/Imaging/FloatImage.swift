/// A picture of red, green and blue in float32, 0...255, as the network's preprocessing takes it.
package struct FloatImage: Sendable, Equatable {
    package let width: Int
    package let height: Int

    /// height x width x 3 values.
    package let values: [Float]

    /// The same values as floats.
    package init(_ image: RGBImage) {
        self.init(width: image.width, height: image.height, values: image.pixels.map(Float.init))
    }

    init(width: Int, height: Int, values: [Float]) {
        self.width = width
        self.height = height
        self.values = values
    }
}

extension RGBImage {
    /// The values rounded to the nearest of 0...255, to look at; a half goes to the even neighbour.
    package init(rounding image: FloatImage) {
        self.init(
            width: image.width, height: image.height,
            pixels: image.values.map { UInt8(min(max($0, 0), 255).rounded(.toNearestOrEven)) })
    }
}
