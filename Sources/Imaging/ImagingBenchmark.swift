/// Measures the cost of reading pictures on this machine.
package enum ImagingBenchmark {
    /// Mean milliseconds per picture on one core.
    package struct Result: Sendable {
        package let pictures: Int
        package let decodeAndResizeMilliseconds: Double
        package let augmentMilliseconds: Double
    }

    /// Decodes each file, resizes it to 224 x 224 and augments it, one file after the other on the calling
    /// thread.
    ///
    /// - Parameter files: the files' contents; those that aren't pictures aren't counted.
    package static func run(files: [[UInt8]]) -> Result {
        let clock = ContinuousClock()
        var decoding = Duration.zero
        var augmenting = Duration.zero
        var pictures = 0
        for (index, file) in files.enumerated() {
            var image: RGBImage?
            decoding += clock.measure { image = try? ImageDecoder.decode(file, fittedTo: 224) }
            guard let image else { continue }
            let draw = AffineDraw.draw(ranges: AugmentationRanges(), seed: 0, epoch: 0, imageIndex: index)
            augmenting += clock.measure { withExtendedLifetime(image.warped(by: draw)) {} }
            pictures += 1
        }
        let share = 1000 / Double(max(pictures, 1))
        return Result(
            pictures: pictures, decodeAndResizeMilliseconds: share * (decoding / .seconds(1)),
            augmentMilliseconds: share * (augmenting / .seconds(1)))
    }
}
