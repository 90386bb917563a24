import CKernels
import ExactArithmetic

/// What the extractor takes on this machine, beside what the machine could do at most.
package struct BackboneBenchmark: Sendable {
    /// One convolution's share.
    package struct Layer: Sendable {
        /// Keras' name, such as "block3_conv2".
        package let name: String
        package let millisecondsPerPicture: Double
        /// Operations that the layer computes, not those that the direct form would take, over its time.
        package let gigaflops: Double
    }

    /// The best round's time for a picture, all layers.
    package let millisecondsPerPicture: Double
    /// Each layer's best time among the rounds, in order.
    package let layers: [Layer]
    /// What `threads` threads reach with independent multiply-adds in registers.
    package let peakGigaflops: Double
    /// The time for a picture of this algorithm's multiply-adds at the peak: nothing for transforms and
    /// memory.
    package let limitMilliseconds: Double
    /// The same for the direct algorithm's.
    package let directLimitMilliseconds: Double

    /// Measures with random weights and pictures, which take the time of any others.
    ///
    /// - Parameters:
    ///   - batch: pictures in each call.
    ///   - rounds: calls that are measured, after one that isn't.
    package static func run(
        architecture: VGGArchitecture, kernels: KernelSet, threads: Int, batch: Int, rounds: Int
    ) -> BackboneBenchmark {
        precondition(batch > 0 && rounds > 0)
        let extractor = FeatureExtractor(
            weights: .random(seed: 0, architecture: architecture), kernels: kernels, threads: threads)
        let pictureCount = VGGArchitecture.inputSize * VGGArchitecture.inputSize * 3
        let pictures = BackboneWeights.uniform(first: 0, scale: 1, count: batch * pictureCount)
        var bestRound = Duration.seconds(Int64.max / 2)
        var bestLayers = architecture.layers.map { _ in bestRound }
        let clock = ContinuousClock()
        for round in 0...rounds {
            var layers = architecture.layers.map { _ in Duration.zero }
            let start = clock.now
            var last = start
            _ = extractor.features(of: pictures, count: batch) { index in
                let now = clock.now
                layers[index] += now - last
                last = now
            }
            guard round > 0 else { continue }
            bestRound = min(bestRound, clock.now - start)
            bestLayers = zip(bestLayers, layers).map(min)
        }
        let peak = peakGigaflops(kernels: kernels, threads: threads)
        let layers = zip(architecture.layers, bestLayers).map { layer, time in
            let milliseconds = time / .milliseconds(1) / Double(batch)
            return Layer(
                name: layer.name, millisecondsPerPicture: milliseconds,
                gigaflops: layer.operations * 1e-6 / milliseconds)
        }
        return BackboneBenchmark(
            millisecondsPerPicture: bestRound / .milliseconds(1) / Double(batch), layers: layers,
            peakGigaflops: peak,
            limitMilliseconds: architecture.layers.map(\.operations).reduce(0, +) * 1e-6 / peak,
            directLimitMilliseconds: architecture.layers.map(\.directOperations).reduce(0, +) * 1e-6 / peak)
    }

    /// The best of a few short runs, since the machine may be busy in one.
    private static func peakGigaflops(kernels: KernelSet, threads: Int) -> Double {
        let clock = ContinuousClock()
        return (0..<5).map { _ in
            var operations = 0.0
            let time = clock.measure {
                operations = headstart_peak_operations(kernels.identifier, Int32(threads), 3_000_000)
            }
            return operations * 1e-9 / (time / .seconds(1))
        }.reduce(0, max)
    }
}

extension ConvolutionLayer {
    /// Floating-point operations of the multiply-adds for a picture: by Winograd's 36 points of a 4 x 4 tile,
    /// or directly for the first layer.
    fileprivate var operations: Double {
        guard inputChannels != 3 else { return directOperations }
        let side = Double((size + 3) / 4)
        return 2 * 36 * side * side * Double(inputChannels * outputChannels)
    }

    /// Floating-point operations of the direct form for a picture.
    fileprivate var directOperations: Double { 2 * Double(size * size) * Double(kernelCount) }
}
