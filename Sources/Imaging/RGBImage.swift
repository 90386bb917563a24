/// A picture of 8-bit red, green and blue, row by row from the top.
package struct RGBImage: Sendable, Equatable {
    package let width: Int
    package let height: Int

    /// height x width x 3 bytes.
    package let pixels: [UInt8]

    /// - Precondition: the picture isn't empty, and there are height x width x 3 bytes.
    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && pixels.count == width * height * 3)
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Lets `fill` write the pixels, which are initially zero.
    init(width: Int, height: Int, filling fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        pixels.withUnsafeMutableBufferPointer { fill($0) }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// Lets a decoder write the pixels, which are initially zero; throws if there is no memory for them.
    init(
        decodedWidth width: Int, height: Int,
        filling fill: (UnsafeMutableBufferPointer<UInt8>) throws(ImageDecodingError) -> Void
    ) throws(ImageDecodingError) {
        let pixels = try [UInt8](count: width * height * 3, filling: fill)
        self.init(width: width, height: height, pixels: pixels)
    }

    /// Resizes the picture by copying the same source pixels as Pillow's `resize(…, NEAREST)`.
    package func resizedNearest(width newWidth: Int, height newHeight: Int) -> RGBImage {
        if newWidth == width && newHeight == height { return self }
        let rows = NearestSampling.sources(for: newHeight, from: height)
        let columns = NearestSampling.sources(for: newWidth, from: width)
        return RGBImage(width: newWidth, height: newHeight) { target in
            pixels.withUnsafeBufferPointer { source in
                var place = 0
                for row in rows {
                    let start = Int(row) * width
                    for column in columns {
                        let from = (start + Int(column)) * 3
                        target[place] = source[from]
                        target[place + 1] = source[from + 1]
                        target[place + 2] = source[from + 2]
                        place += 3
                    }
                }
            }
        }
    }
}

/// The source pixels that a nearest-neighbour resize copies.
enum NearestSampling {
    /// For each of `count` target positions, the source position in 0..<`sourceCount`; never descending.
    ///
    /// As in Pillow's `ImagingScaleAffine`: a running sum in double that starts at half a step, truncated. A
    /// product instead of the running sum would choose differently where a position falls on an edge.
    static func sources(for count: Int, from sourceCount: Int) -> [Int32] {
        let step = Double(sourceCount) / Double(count)
        var position = step * 0.5
        return (0..<count).map { _ in
            defer { position += step }
            return Int32(min(Int(position), sourceCount - 1))
        }
    }
}
