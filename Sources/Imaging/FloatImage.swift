/// A picture of red, green and blue float32 values in 0...255, the input of the network's preprocessing.
package struct FloatImage: Sendable, Equatable {
    package let width: Int
    package let height: Int

    /// height x width x 3, row-major.
    package let values: [Float]

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
    /// Rounds the values to the nearest integer in 0...255, halves to even, for display.
    package init(rounding image: FloatImage) {
        self.init(
            width: image.width, height: image.height,
            pixels: image.values.map { UInt8(min(max($0, 0), 255).rounded(.toNearestOrEven)) })
    }
}
