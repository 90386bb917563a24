import CKernels
import ExactArithmetic

/// Measures the extractor's speed and the limit of this machine.
package struct BackboneBenchmark: Sendable {
    package struct Layer: Sendable {
        /// Keras' name, such as "block3_conv2".
        package let name: String
        package let millisecondsPerPicture: Double
        /// The operations that the layer computes, rather than those of the direct form, divided by its time.
        package let gigaflops: Double
    }

    /// The time per picture for all layers in the best round.
    package let millisecondsPerPicture: Double
    /// Each layer's best time among the rounds, in layer order.
    package let layers: [Layer]
    /// The speed of `threads` threads at independent multiply-adds in registers.
    package let peakGigaflops: Double
    /// The time per picture that this algorithm's multiply-adds take at the peak, without transforms and
    /// memory access.
    package let limitMilliseconds: Double
    /// The same for the direct algorithm.
    package let directLimitMilliseconds: Double

    /// Measures with random weights and pictures, whose values don't affect the time.
    ///
    /// - Parameters:
    ///   - batch: pictures per call.
    ///   - rounds: measured calls, after one warm-up call.
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

    /// The best of a few short runs, since the machine may be busy during one.
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
    /// Floating-point operations per picture in the multiply-adds: at Winograd's 36 points of a 4 x 4 tile,
    /// or directly for the first layer.
    fileprivate var operations: Double {
        guard inputChannels != 3 else { return directOperations }
        let side = Double((size + 3) / 4)
        return 2 * 36 * side * side * Double(inputChannels * outputChannels)
    }

    /// Floating-point operations per picture in the direct form.
    fileprivate var directOperations: Double { 2 * Double(size * size) * Double(kernelCount) }
}
