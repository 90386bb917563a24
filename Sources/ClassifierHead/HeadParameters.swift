import ContentAddressing
import ExactArithmetic

package struct HeadParameters: Sendable, Equatable {
    package let shape: HeadShape
    /// The first layer's kernel: features x hidden units, row-major.
    package var kernel: [Float]
    package var outputLayers: OutputLayers

    package init(shape: HeadShape, kernel: [Float], outputLayers: OutputLayers) {
        precondition(
            kernel.count == shape.kernelCount && outputLayers.kernel.count == shape.outputKernelCount)
        precondition(outputLayers.bias.count == shape.classCount)
        self.shape = shape
        self.kernel = kernel
        self.outputLayers = outputLayers
    }

    /// Keras' initial weights: kernels Glorot-uniform, drawn from `seed`, and biases zero.
    package static func initial(shape: HeadShape, seed: UInt64) -> HeadParameters {
        let kernel = glorotUniform(shape.featureCount, shape.hiddenUnits, seed: seed, tensor: 0)
        let outputKernel = glorotUniform(shape.hiddenUnits, shape.classCount, seed: seed, tensor: 1)
        let outputLayers = OutputLayers(
            hiddenBias: .init(repeating: 0, count: shape.hiddenUnits), kernel: outputKernel,
            bias: .init(repeating: 0, count: shape.classCount))
        return HeadParameters(shape: shape, kernel: kernel, outputLayers: outputLayers)
    }

    /// Uniform in ±sqrt(6 / (inputs + outputs)). Source: Glorot and Bengio (AISTATS 2010), as in Keras.
    private static func glorotUniform(_ inputs: Int, _ outputs: Int, seed: UInt64, tensor: UInt32) -> [Float]
    {
        var generator = CounterBasedGenerator(seed: seed, purpose: .headInitialization, index: tensor)
        let limit = (6 / Double(inputs + outputs)).squareRoot()
        return (0..<inputs * outputs).map { _ in Float(generator.nextUniform(in: -limit...limit)) }
    }

    package var isFinite: Bool {
        ([kernel, outputLayers.hiddenBias, outputLayers.kernel, outputLayers.bias]).allSatisfy {
            $0.allSatisfy(\.isFinite)
        }
    }

    package var digest: ContentDigest {
        var hasher = ContentHasher()
        update(&hasher)
        return hasher.finalize()
    }

    func update(_ hasher: inout ContentHasher) {
        for size in [shape.featureCount, shape.hiddenUnits, shape.classCount] {
            hasher.update(bigEndian: UInt64(size))
        }
        hasher.update(floats: kernel)
        hasher.update(floats: outputLayers.flattened)
    }

    /// The first layer's sums before the bias: samples x hidden units.
    package func preactivations(of batch: [SparseFeatures], threads: Int, kernels: KernelSet) -> [Float] {
        kernel.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return [] }
            return FirstLayer.preactivations(
                of: batch, weights: weights, weightStride: shape.hiddenUnits, shape: shape, threads: threads,
                kernels: kernels, scratch: ScratchFloats())
        }
    }

    package func scores(
        of batch: [SparseFeatures], labels: [Int], threads: Int, kernels: KernelSet
    ) -> [HeadScore] {
        let sums = preactivations(of: batch, threads: threads, kernels: kernels)
        return HeadChunk.scores(
            preactivations: sums, labels: labels, outputLayers: outputLayers, shape: shape, kernels: kernels)
    }

    /// The class probabilities: samples x classes.
    package func probabilities(of batch: [SparseFeatures], threads: Int, kernels: KernelSet) -> [Float] {
        let sums = preactivations(of: batch, threads: threads, kernels: kernels)
        return HeadChunk.probabilities(
            preactivations: sums, outputLayers: outputLayers, shape: shape, kernels: kernels)
    }
}
