import CKernels
import ExactArithmetic

/// One sample's loss and the class with the highest score; the first of several equal ones.
package struct HeadScore: Sendable, Hashable {
    package var loss: Float
    package var predicted: Int

    package init(loss: Float, predicted: Int) {
        self.loss = loss
        self.predicted = predicted
    }
}

/// A worker's part of a step: the layers after the first kernel, forward and backward, for the samples of a
/// chunk.
///
/// All functions are pure and safe on any thread.
package enum HeadChunk {
    /// The chunk's gradient except for the first kernel's.
    ///
    /// - Parameters:
    ///   - preactivations: the first layer's sums before the bias, samples x hidden units.
    ///   - labels: the samples' classes.
    ///   - samplesInStep: the number of samples in the whole step, by which Keras' mean loss divides.
    package static func gradient(
        preactivations: [Float], labels: [Int], samplesInStep: Int, outputLayers: OutputLayers,
        shape: HeadShape,
        kernels: KernelSet
    ) -> HeadChunkGradient {
        let deltas = deltas(
            preactivations: preactivations, labels: labels, samplesInStep: samplesInStep,
            outputLayers: outputLayers, shape: shape, kernels: kernels)
        return gradient(
            of: deltas, preactivations: preactivations, outputLayers: outputLayers, shape: shape,
            kernels: kernels)
    }

    /// The part of a chunk's gradient that a worker computes; the rest follows from it, the preactivations
    /// and the hidden bias. The parameters are those of `gradient`.
    package static func deltas(
        preactivations: [Float], labels: [Int], samplesInStep: Int, outputLayers: OutputLayers,
        shape: HeadShape,
        kernels: KernelSet
    ) -> HeadChunkDeltas {
        precondition(preactivations.count == labels.count * shape.hiddenUnits && samplesInStep > 0)
        precondition(labels.allSatisfy { (0..<shape.classCount).contains($0) })
        let forward = Forward(preactivations, outputLayers: outputLayers, shape: shape, kernels: kernels)
        var outputDelta: [Float] = []
        outputDelta.reserveCapacity(labels.count * shape.classCount)
        var scores: [HeadScore] = []
        for (sample, label) in labels.enumerated() {
            let softmax = Softmax(logits: forward.logits(of: sample))
            scores.append(softmax.score(label: label))
            for (index, exponential) in softmax.exponentials.enumerated() {
                let target = index == label ? 1.0 : 0.0
                outputDelta.append(Float((exponential / softmax.sum - target) / Double(samplesInStep)))
            }
        }
        var delta = [Float](repeating: 0, count: preactivations.count)
        forward.withLayer(outputLayers) { layer in
            headstart_head_hidden_delta(kernels.identifier, layer, outputDelta, &delta)
        }
        return HeadChunkDeltas(
            delta: delta, outputDelta: outputDelta, losses: scores.map(\.loss),
            predictions: scores.map(\.predicted))
    }

    /// The chunk's gradient from its deltas, with the preactivations and layers that they were computed from.
    package static func gradient(
        of deltas: HeadChunkDeltas, preactivations: [Float], outputLayers: OutputLayers, shape: HeadShape,
        kernels: KernelSet
    ) -> HeadChunkGradient {
        precondition(deltas.outputDelta.count * shape.hiddenUnits == preactivations.count * shape.classCount)
        let activations = Activations(
            preactivations, hiddenBias: outputLayers.hiddenBias, shape: shape)
        var kernelGradient = [Float](repeating: 0, count: shape.outputKernelCount)
        activations.withLayer(outputLayers) { layer in
            headstart_head_output_gradient(kernels.identifier, layer, deltas.outputDelta, &kernelGradient)
        }
        return HeadChunkGradient(
            delta: deltas.delta, outputKernelGradient: kernelGradient,
            outputBiasGradient: columnSums(deltas.outputDelta, columns: shape.classCount),
            losses: deltas.losses, predictions: deltas.predictions)
    }

    /// Losses and predictions for any number of samples.
    package static func scores(
        preactivations: [Float], labels: [Int], outputLayers: OutputLayers, shape: HeadShape,
        kernels: KernelSet
    ) -> [HeadScore] {
        precondition(preactivations.count == labels.count * shape.hiddenUnits)
        let forward = Forward(preactivations, outputLayers: outputLayers, shape: shape, kernels: kernels)
        return labels.enumerated().map { sample, label in
            Softmax(logits: forward.logits(of: sample)).score(label: label)
        }
    }

    /// The class probabilities (samples x classes) for any number of samples.
    package static func probabilities(
        preactivations: [Float], outputLayers: OutputLayers, shape: HeadShape, kernels: KernelSet
    ) -> [Float] {
        let forward = Forward(preactivations, outputLayers: outputLayers, shape: shape, kernels: kernels)
        return (0..<forward.count).flatMap { sample in
            let softmax = Softmax(logits: forward.logits(of: sample))
            return softmax.exponentials.map { Float($0 / softmax.sum) }
        }
    }

    /// The first kernel's gradient for a chunk as a full matrix, features x hidden units.
    package static func denseKernelGradient(
        features: [SparseFeatures], delta: [Float], shape: HeadShape, threads: Int, kernels: KernelSet
    ) -> [Float] {
        let factors = StepFactors(chunks: [(features, delta)], shape: shape)
        return [Float](unsafeUninitializedCapacity: shape.kernelCount) { target, count in
            factors.withFactors { factors in
                let needed = headstart_head_scratch(
                    Int32(shape.featureCount), Int32(shape.hiddenUnits), Int32(features.count), 0)
                let scratch = AlignedFloats(count: Int(needed))
                headstart_head_dense_gradient(
                    kernels.identifier, Int32(threads), Int32(shape.featureCount), Int32(shape.hiddenUnits),
                    factors,
                    target.baseAddress, scratch.pointer)
            }
            count = shape.kernelCount
        }
    }

    /// The sums of a matrix's columns, each accumulated from +0 over the rows in order.
    static func columnSums(_ matrix: [Float], columns: Int) -> [Float] {
        var sums = [Float](repeating: 0, count: columns)
        for row in stride(from: 0, to: matrix.count, by: columns) {
            for column in 0..<columns { sums[column] += matrix[row + column] }
        }
        return sums
    }
}

/// The first layer's outputs after bias and ReLU.
private struct Activations {
    let count: Int
    private let shape: HeadShape
    private let values: [Float]

    init(_ preactivations: [Float], hiddenBias: [Float], shape: HeadShape) {
        let hidden = shape.hiddenUnits
        self.shape = shape
        count = preactivations.count / hidden
        values = [Float](unsafeUninitializedCapacity: preactivations.count) { target, filled in
            for index in 0..<preactivations.count {
                let sum = preactivations[index] + hiddenBias[index % hidden]
                // Written so that NaN passes through: a broken picture must show in its loss.
                target.initializeElement(at: index, to: sum <= 0 ? 0 : sum)
            }
            filled = preactivations.count
        }
    }

    /// Calls `body` with the layer as `CKernels` takes it, valid during the call.
    func withLayer(_ outputLayers: OutputLayers, _ body: (UnsafePointer<HeadStartHeadOutput>) -> Void) {
        values.withUnsafeBufferPointer { values in
            outputLayers.kernel.withUnsafeBufferPointer { kernel in
                outputLayers.bias.withUnsafeBufferPointer { bias in
                    var layer = HeadStartHeadOutput(
                        activations: values.baseAddress, kernel: kernel.baseAddress, bias: bias.baseAddress,
                        count: Int32(count), hidden: Int32(shape.hiddenUnits),
                        classes: Int32(shape.classCount))
                    body(&layer)
                }
            }
        }
    }
}

/// The forward pass of the layers after the first kernel.
private struct Forward {
    private let activations: Activations
    private let classCount: Int
    private let allLogits: [Float]

    init(_ preactivations: [Float], outputLayers: OutputLayers, shape: HeadShape, kernels: KernelSet) {
        classCount = shape.classCount
        activations = Activations(preactivations, hiddenBias: outputLayers.hiddenBias, shape: shape)
        var results = [Float](repeating: 0, count: activations.count * classCount)
        activations.withLayer(outputLayers) { headstart_head_logits(kernels.identifier, $0, &results) }
        allLogits = results
    }

    var count: Int { activations.count }

    func logits(of sample: Int) -> ArraySlice<Float> {
        allLogits[sample * classCount..<(sample + 1) * classCount]
    }

    func withLayer(_ outputLayers: OutputLayers, _ body: (UnsafePointer<HeadStartHeadOutput>) -> Void) {
        activations.withLayer(outputLayers, body)
    }
}

/// Softmax of one sample in double: e^(z - max z) for each class and their sum, in class order.
private struct Softmax {
    let exponentials: [Double]
    let sum: Double
    private let logits: ArraySlice<Float>
    private let highest: Float

    init(logits: ArraySlice<Float>) {
        var highest = -Float.infinity
        for logit in logits where logit > highest { highest = logit }
        exponentials = logits.map { ExactMath.exp(Double($0) - Double(highest)) }
        sum = exponentials.reduce(0, +)
        self.logits = logits
        self.highest = highest
    }

    /// Cross-entropy -ln p(label), computed from the logits rather than from a rounded probability.
    func score(label: Int) -> HeadScore {
        let logit = Double(logits[logits.startIndex + label])
        let loss = ExactMath.log(sum) - (logit - Double(highest))
        let predicted = logits.firstIndex(of: highest).map { $0 - logits.startIndex }
        return HeadScore(loss: Float(loss), predicted: predicted ?? 0)
    }
}
