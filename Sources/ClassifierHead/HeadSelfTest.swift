import ContentAddressing
import ExactArithmetic

/// Runs every kernel of the head once on synthetic data, as part of the arithmetic fingerprint that workers
/// send when they join.
package enum HeadSelfTest {
    /// A digest of all results, which is the same on every machine whose arithmetic is correct. Takes
    /// milliseconds.
    package static func digest(kernels: KernelSet) -> ContentDigest {
        // Odd sizes, so that the remainder of every loop runs too: three slices of inputs, two chunks of
        // samples.
        let shape = HeadShape(featureCount: 1100, hiddenUnits: 165, classCount: 19)
        let chunkSizes = [8, 3]
        let chunks = chunkSizes.enumerated().map { chunk, size in
            (0..<size).map { features(shape.featureCount, sample: UInt32(8 * chunk + $0)) }
        }
        let samples = chunks.flatMap { $0 }
        let parameters = HeadParameters.initial(shape: shape, seed: 1)
        let factorTrainer = HeadTrainer(
            parameters: parameters, learningRate: 0.01, threads: 1, kernels: kernels)
        let denseTrainer = HeadTrainer(
            parameters: parameters, learningRate: 0.01, threads: 1, kernels: kernels)
        var hasher = ContentHasher()
        var sums = parameters.preactivations(of: samples, threads: 1, kernels: kernels)
        for step in 0..<2 {
            hasher.update(floats: sums)
            let gradients = chunks.indices.map { chunk in
                let first = 8 * chunk * shape.hiddenUnits
                return HeadChunk.gradient(
                    preactivations: Array(sums[first..<first + chunkSizes[chunk] * shape.hiddenUnits]),
                    labels: chunks[chunk].indices.map { (5 * $0 + chunk + step) % shape.classCount },
                    samplesInStep: samples.count, outputLayers: factorTrainer.outputLayers, shape: shape,
                    kernels: kernels)
            }
            for gradient in gradients {
                hasher.update(floats: gradient.outputGradient + gradient.losses)
            }
            let dense = zip(chunks, gradients).map { features, gradient in
                let kernelGradient = HeadChunk.denseKernelGradient(
                    features: features, delta: gradient.delta, shape: shape, threads: 1, kernels: kernels)
                return (kernelGradient, gradient)
            }
            denseTrainer.applyDense(dense)
            sums = factorTrainer.applyFactors(Array(zip(chunks, gradients)), next: samples) ?? []
        }
        let probabilities = factorTrainer.parameters.probabilities(of: samples, threads: 1, kernels: kernels)
        hasher.update(floats: probabilities)
        for trainer in [factorTrainer, denseTrainer] { hasher.update(trainer.snapshot().digest.bytes) }
        return hasher.finalize()
    }

    /// Synthetic features, about half of them zero.
    private static func features(_ count: Int, sample: UInt32) -> SparseFeatures {
        var generator = CounterBasedGenerator(seed: 0, purpose: .samplePictures, index: sample)
        return SparseFeatures((0..<count).map { _ in max(0, Float(generator.nextUniform(in: -1...1))) })
    }
}
