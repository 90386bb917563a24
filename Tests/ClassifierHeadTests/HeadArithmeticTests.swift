import CKernels
import ExactArithmetic
import TestSupport
import Testing

@testable import ClassifierHead

/// The hot loops against the contract's words, for every kernel set of this machine.
struct HeadArithmeticTests {
    /// Sizes that reach every rest of every loop.
    static let shapes = [
        HeadShape(featureCount: 64, hiddenUnits: 1, classCount: 2),
        HeadShape(featureCount: 70, hiddenUnits: 5, classCount: 3),
        HeadShape(featureCount: 513, hiddenUnits: 16, classCount: 17),
        HeadShape(featureCount: 1030, hiddenUnits: 100, classCount: 40),
        HeadShape(featureCount: 600, hiddenUnits: 256, classCount: 1000),
    ]

    @Test("the first layer's sums follow the contract", arguments: shapes, supportedKernels)
    func preactivationsFollowTheContract(shape: HeadShape, kernels: KernelSet) {
        let samples = HeadSamples(shape: shape, count: 11)
        let parameters = HeadParameters.initial(shape: shape, seed: 1)
        let expected = PlainHead.preactivations(
            samples.features.map { $0.dense() }, kernel: parameters.kernel, hiddenUnits: shape.hiddenUnits)
        let sums = parameters.preactivations(of: samples.features, threads: 1, kernels: kernels)
        expectSame(sums, expected)
        let run = HeadTrainingRun(parameters, kernels: kernels)
        expectSame(run.trainer.preactivations(of: samples.features), expected)
    }

    @Test("a sample's sums do not depend on the samples beside it", arguments: supportedKernels)
    func preactivationsAreIndependent(kernels: KernelSet) {
        let shape = HeadShape(featureCount: 700, hiddenUnits: 24, classCount: 2)
        let samples = HeadSamples(shape: shape, count: 300)
        let parameters = HeadParameters.initial(shape: shape, seed: 1)
        let together = parameters.preactivations(of: samples.features, threads: 2, kernels: kernels)
        let apart = samples.features.flatMap {
            parameters.preactivations(of: [$0], threads: 1, kernels: kernels)
        }
        expectSame(together, apart)
    }

    @Test("the dense gradient follows the contract", arguments: shapes, supportedKernels)
    func denseGradientFollowsTheContract(shape: HeadShape, kernels: KernelSet) {
        let samples = HeadSamples(shape: shape, count: 8)
        let delta = numbers(8 * shape.hiddenUnits)
        let gradient = HeadChunk.denseKernelGradient(
            features: samples.features, delta: delta, shape: shape, threads: 1, kernels: kernels)
        let expected = PlainHead.kernelGradient(
            samples.features.map { $0.dense() }, delta: delta, hiddenUnits: shape.hiddenUnits)
        expectSame(gradient, expected)
    }

    @Test("an update follows the contract, chunk by chunk", arguments: shapes, supportedKernels)
    func updatesFollowTheContract(shape: HeadShape, kernels: KernelSet) {
        let samples = HeadSamples(shape: shape, count: 21)
        let initial = HeadParameters.initial(shape: shape, seed: 2)
        let run = HeadTrainingRun(initial, kernels: kernels)
        let (gradients, _) = run.factorStep(samples)
        let chunks = zip(samples.chunkRanges, gradients).map { range, gradient in
            PlainHead.kernelGradient(
                samples.features[range].map { $0.dense() }, delta: gradient.delta,
                hiddenUnits: shape.hiddenUnits)
        }
        let after = run.trainer.snapshot()
        expectUpdate(from: initial.kernel, chunks, after) { $0.kernel }
        expectUpdate(
            from: initial.outputLayers.hiddenBias, gradients.map { hiddenBiasGradient($0, shape) }, after
        ) {
            $0.outputLayers.hiddenBias
        }
        expectUpdate(from: initial.outputLayers.kernel, gradients.map(\.outputKernelGradient), after) {
            $0.outputLayers.kernel
        }
        expectUpdate(from: initial.outputLayers.bias, gradients.map(\.outputBiasGradient), after) {
            $0.outputLayers.bias
        }
    }

    @Test("the output layer's gradients follow the contract", arguments: shapes, supportedKernels)
    func outputGradientsFollowTheContract(shape: HeadShape, kernels: KernelSet) {
        let samples = HeadSamples(shape: shape, count: 7)
        let layers = HeadParameters.initial(shape: shape, seed: 3).outputLayers
        let sums = numbers(7 * shape.hiddenUnits)
        let gradient = HeadChunk.gradient(
            preactivations: sums, labels: samples.labels, samplesInStep: 20, outputLayers: layers,
            shape: shape,
            kernels: kernels)
        let activations = sums.map { max($0, 0) }
        let logits = PlainHead.logits(activations, layers: layers)
        var logitDelta: [Float] = []
        for (sample, label) in samples.labels.enumerated() {
            let row = logits[sample * shape.classCount..<(sample + 1) * shape.classCount].map(Double.init)
            let highest = row.reduce(-.infinity, max)
            let exponentials = row.map { ExactMath.exp($0 - highest) }
            let sum = exponentials.reduce(0, +)
            #expect(gradient.losses[sample] == Float(ExactMath.log(sum) - (row[label] - highest)))
            #expect(gradient.predictions[sample] == row.firstIndex(of: highest))
            for (index, exponential) in exponentials.enumerated() {
                logitDelta.append(Float((exponential / sum - (index == label ? 1 : 0)) / 20))
            }
        }
        expectOutputGradients(gradient, shape, layers, activations: activations, logitDelta: logitDelta)
    }

    private func expectOutputGradients(
        _ gradient: HeadChunkGradient, _ shape: HeadShape, _ layers: OutputLayers, activations: [Float],
        logitDelta: [Float]
    ) {
        let (hidden, classes) = (shape.hiddenUnits, shape.classCount)
        let count = activations.count / hidden
        let kernelGradient = (0..<hidden * classes).map { place in
            (0..<count).reduce(Float(0)) { sum, sample in
                sum.addingProduct(
                    activations[sample * hidden + place / classes],
                    logitDelta[sample * classes + place % classes])
            }
        }
        let delta = (0..<count * hidden).map { place in
            let sum = (0..<classes).reduce(Float(0)) { sum, index in
                sum.addingProduct(
                    layers.kernel[place % hidden * classes + index],
                    logitDelta[place / hidden * classes + index])
            }
            return activations[place] > 0 ? sum : 0
        }
        let biasGradient = (0..<classes).map { index in
            (0..<count).reduce(Float(0)) { $0 + logitDelta[$1 * classes + index] }
        }
        expectSame(gradient.outputKernelGradient, kernelGradient)
        expectSame(gradient.outputBiasGradient, biasGradient)
        expectSame(gradient.delta, delta)
    }

    private func hiddenBiasGradient(_ gradient: HeadChunkGradient, _ shape: HeadShape) -> [Float] {
        (0..<shape.hiddenUnits).map { unit in
            gradient.losses.indices.reduce(Float(0)) { $0 + gradient.delta[$1 * shape.hiddenUnits + unit] }
        }
    }

    private func expectUpdate(
        from initial: [Float], _ chunks: [[Float]], _ after: HeadSnapshot, part: (HeadParameters) -> [Float]
    ) {
        let stepSize = AdamStepSize.value(learningRate: 0.001, update: 1)
        var weights = initial
        var first = [Float](repeating: 0, count: initial.count)
        var second = first
        for place in initial.indices {
            PlainHead.adam(
                weight: &weights[place], first: &first[place], second: &second[place],
                chunks: chunks.map { $0[place] }, stepSize: stepSize)
        }
        expectSame(part(after.parameters), weights)
        expectSame(part(after.firstMoments), first)
        expectSame(part(after.secondMoments), second)
    }

    private func numbers(_ count: Int) -> [Float] {
        var generator = CounterBasedGenerator(seed: 8, purpose: .samplePictures)
        return (0..<count).map { _ in Float(generator.nextUniform(in: -1...1)) }
    }
}
