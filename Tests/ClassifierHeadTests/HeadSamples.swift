import CKernels
import ExactArithmetic

@testable import ClassifierHead

/// The kernel sets that this machine runs.
let supportedKernels = KernelSet.allCases.filter { headstart_kernels_supported($0.identifier) }

/// The fastest of them, for tests that are not about kernels.
let anyKernels = supportedKernels[0]

/// A made-up training task: features with a given share of zeros, and labels.
struct HeadSamples {
    let shape: HeadShape
    let features: [SparseFeatures]
    let labels: [Int]

    init(shape: HeadShape, count: Int, zeros: Double = 0.7, seed: UInt64 = 1) {
        self.shape = shape
        var generator = CounterBasedGenerator(seed: seed, purpose: .samplePictures)
        features = (0..<count).map { _ in
            SparseFeatures(
                (0..<shape.featureCount).map { _ in
                    let isZero = generator.nextUnit() < zeros
                    let value = Float(generator.nextUniform(in: 0...2))
                    return isZero ? 0 : value
                })
        }
        labels = (0..<count).map { _ in generator.next(below: shape.classCount) }
    }

    init(shape: HeadShape, features: [SparseFeatures], labels: [Int]) {
        self.shape = shape
        self.features = features
        self.labels = labels
    }

    /// The samples' places in chunks of at most 8.
    var chunkRanges: [Range<Int>] {
        stride(from: 0, to: labels.count, by: 8).map { $0..<min($0 + 8, labels.count) }
    }
}

/// A trainer with everything that a run does around it: workers' chunks in either form.
struct HeadTrainingRun {
    let trainer: HeadTrainer
    let kernels: KernelSet
    let threads: Int

    init(_ parameters: HeadParameters, kernels: KernelSet = anyKernels, threads: Int = 1) {
        let trainer = HeadTrainer(
            parameters: parameters, learningRate: 0.001, threads: threads, kernels: kernels)
        self.init(trainer, kernels: kernels, threads: threads)
    }

    init(_ trainer: HeadTrainer, kernels: KernelSet, threads: Int = 1) {
        self.trainer = trainer
        self.kernels = kernels
        self.threads = threads
    }

    func gradients(_ sums: [Float], of samples: HeadSamples) -> [HeadChunkGradient] {
        let hidden = samples.shape.hiddenUnits
        return samples.chunkRanges.map { range in
            HeadChunk.gradient(
                preactivations: Array(sums[range.lowerBound * hidden..<range.upperBound * hidden]),
                labels: Array(samples.labels[range]), samplesInStep: samples.labels.count,
                outputLayers: trainer.outputLayers, shape: samples.shape, kernels: kernels)
        }
    }

    /// One step of the factor form; returns the gradients and the sums of `next`.
    @discardableResult
    func factorStep(
        _ samples: HeadSamples, sums: [Float]? = nil, next: HeadSamples? = nil
    ) -> (gradients: [HeadChunkGradient], next: [Float]?) {
        let gradients = gradients(sums ?? trainer.preactivations(of: samples.features), of: samples)
        let chunks = zip(samples.chunkRanges, gradients).map { (Array(samples.features[$0]), $1) }
        return (gradients, trainer.applyFactors(chunks, next: next?.features))
    }

    /// One step of the dense form, as workers with a copy of all weights do it.
    @discardableResult
    func denseStep(_ samples: HeadSamples) -> [HeadChunkGradient] {
        let sums = trainer.parameters.preactivations(of: samples.features, threads: threads, kernels: kernels)
        let gradients = gradients(sums, of: samples)
        trainer.applyDense(
            zip(samples.chunkRanges, gradients).map { range, gradient in
                let kernelGradient = HeadChunk.denseKernelGradient(
                    features: Array(samples.features[range]), delta: gradient.delta, shape: samples.shape,
                    threads: threads, kernels: kernels)
                return (kernelGradient, gradient)
            })
        return gradients
    }
}
