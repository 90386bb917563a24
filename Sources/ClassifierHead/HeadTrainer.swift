import CKernels
import ExactArithmetic

/// Trains the head: its weights and Adam's moments are updated in place.
///
/// Use it from one thread at a time, since an update writes what every other call reads. During a call it
/// starts `threads` threads of its own. Neither their number nor the kernels change a bit of any result.
package final class HeadTrainer {
    package let shape: HeadShape
    package let learningRate: Double
    /// The number of updates since the initial weights.
    package private(set) var updates: Int
    private let threads: Int
    private let kernels: KernelSet
    private let kernel: AdamMatrix
    private let hiddenBias: AdamMatrix
    private let outputKernel: AdamMatrix
    private let outputBias: AdamMatrix
    private let scratch = ScratchFloats()

    package convenience init(
        parameters: HeadParameters, learningRate: Double, threads: Int, kernels: KernelSet
    ) {
        self.init(
            parameters, moments: nil, updates: 0, learningRate: learningRate, threads: threads,
            kernels: kernels)
    }

    package convenience init(
        restoring snapshot: HeadSnapshot, learningRate: Double, threads: Int, kernels: KernelSet
    ) {
        self.init(
            snapshot.parameters, moments: (snapshot.firstMoments, snapshot.secondMoments),
            updates: snapshot.updates,
            learningRate: learningRate, threads: threads, kernels: kernels)
    }

    private init(
        _ parameters: HeadParameters, moments: (first: HeadParameters, second: HeadParameters)?, updates: Int,
        learningRate: Double, threads: Int, kernels: KernelSet
    ) {
        precondition(threads > 0 && learningRate.isFinite && learningRate > 0)
        shape = parameters.shape
        self.learningRate = learningRate
        self.updates = updates
        self.threads = threads
        self.kernels = kernels
        func matrix(_ rows: Int, _ columns: Int, _ part: (HeadParameters) -> [Float]) -> AdamMatrix {
            AdamMatrix(
                rows: rows, columns: columns, weights: part(parameters),
                firstMoments: moments.map { part($0.first) },
                secondMoments: moments.map { part($0.second) })
        }
        kernel = matrix(shape.featureCount, shape.hiddenUnits) { $0.kernel }
        hiddenBias = matrix(1, shape.hiddenUnits) { $0.outputLayers.hiddenBias }
        outputKernel = matrix(shape.hiddenUnits, shape.classCount) { $0.outputLayers.kernel }
        outputBias = matrix(1, shape.classCount) { $0.outputLayers.bias }
    }

    /// A copy of the small layers' current weights.
    package var outputLayers: OutputLayers { outputLayers(\.weightArray) }

    /// A copy of the current weights.
    package var parameters: HeadParameters { values(\.weightArray) }

    /// A copy of the state, from which training continues with the same bits.
    package func snapshot() -> HeadSnapshot {
        HeadSnapshot(
            parameters: parameters, firstMoments: values(\.firstMomentArray),
            secondMoments: values(\.secondMomentArray),
            updates: updates)
    }

    /// The first layer's sums before the bias (samples x hidden units) with the current weights.
    package func preactivations(of batch: [SparseFeatures]) -> [Float] {
        FirstLayer.preactivations(
            of: batch, weights: kernel.weightPointer, weightStride: kernel.stride, shape: shape,
            threads: threads,
            kernels: kernels, scratch: scratch)
    }

    /// Does one update from factors and computes the sums of the `next` samples with the new weights, in one
    /// pass over the memory.
    ///
    /// - Parameters:
    ///   - chunks: the step's chunks in order.
    ///   - next: the samples of the next step or of its first part; `nil` if they aren't known yet.
    /// - Returns: what `preactivations(of: next)` would return afterwards, bit for bit; `nil` without `next`.
    package func applyFactors(
        _ chunks: [(features: [SparseFeatures], gradient: HeadChunkGradient)], next: [SparseFeatures]?
    ) -> [Float]? {
        let stepSize = beginUpdate()
        let factors = StepFactors(chunks: chunks.map { ($0.features, $0.gradient.delta) }, shape: shape)
        let nextBatch = next ?? []
        precondition(nextBatch.allSatisfy { $0.featureCount == shape.featureCount })
        var sums = [Float](repeating: 0, count: nextBatch.count * shape.hiddenUnits)
        let needed = headstart_head_scratch(
            Int32(shape.featureCount), Int32(shape.hiddenUnits), Int32(factors.features.count),
            Int32(nextBatch.count))
        var matrix = kernel.cMatrix
        factors.withFactors { factors in
            nextBatch.withSamples { samples in
                headstart_head_pass(
                    kernels.identifier, Int32(threads), &matrix, stepSize, factors, samples,
                    Int32(nextBatch.count),
                    &sums, scratch.pointer(count: Int(needed)))
            }
        }
        updateSmallLayers(chunks.map(\.gradient), stepSize: stepSize)
        return next == nil ? nil : sums
    }

    /// Does one update from complete gradients of the first kernel, with the same bits as `applyFactors`.
    ///
    /// - Parameter chunks: the step's chunks in order; `kernelGradient` is features x hidden units.
    package func applyDense(_ chunks: [(kernelGradient: [Float], gradient: HeadChunkGradient)]) {
        let stepSize = beginUpdate()
        kernel.update(
            gradients: chunks.map(\.kernelGradient), stepSize: stepSize, threads: threads, kernels: kernels)
        updateSmallLayers(chunks.map(\.gradient), stepSize: stepSize)
    }

    /// Reads and writes the first layer's weights and moments once, for the benchmark; their values are lost.
    func walkThroughMemory() {
        var matrix = kernel.cMatrix
        headstart_head_walk(Int32(threads), &matrix)
    }

    private func beginUpdate() -> Float {
        updates += 1
        return AdamStepSize.value(learningRate: learningRate, update: updates)
    }

    private func updateSmallLayers(_ gradients: [HeadChunkGradient], stepSize: Float) {
        // Starting a thread takes longer than these layers do, unless there are very many classes.
        let outputThreads = shape.outputKernelCount < 1 << 16 ? 1 : threads
        let biasGradients = gradients.map { HeadChunk.columnSums($0.delta, columns: shape.hiddenUnits) }
        hiddenBias.update(gradients: biasGradients, stepSize: stepSize, threads: 1, kernels: kernels)
        outputKernel.update(
            gradients: gradients.map(\.outputKernelGradient), stepSize: stepSize, threads: outputThreads,
            kernels: kernels)
        outputBias.update(
            gradients: gradients.map(\.outputBiasGradient), stepSize: stepSize, threads: 1, kernels: kernels)
    }

    private func outputLayers(_ part: KeyPath<AdamMatrix, [Float]>) -> OutputLayers {
        OutputLayers(
            hiddenBias: hiddenBias[keyPath: part], kernel: outputKernel[keyPath: part],
            bias: outputBias[keyPath: part])
    }

    private func values(_ part: KeyPath<AdamMatrix, [Float]>) -> HeadParameters {
        HeadParameters(shape: shape, kernel: kernel[keyPath: part], outputLayers: outputLayers(part))
    }
}
