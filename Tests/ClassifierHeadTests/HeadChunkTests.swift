import ExactArithmetic
import TestSupport
import Testing

@testable import ClassifierHead

struct HeadChunkTests {
    private static let shape = HeadShape(featureCount: 64, hiddenUnits: 4, classCount: 3)
    private static let layers = HeadParameters.initial(shape: shape, seed: 1).outputLayers

    private func gradient(_ sums: [Float], labels: [Int]) -> HeadChunkGradient {
        HeadChunk.gradient(
            preactivations: sums, labels: labels, samplesInStep: labels.count, outputLayers: Self.layers,
            shape: Self.shape, kernels: anyKernels)
    }

    @Test(
        "a sample whose numbers break is named by its loss",
        arguments: [Float.nan, .infinity, .greatestFiniteMagnitude])
    func brokenSamplesAreNamed(value: Float) {
        var sums = [Float](repeating: 0.5, count: 12)
        sums[5] = value
        sums[6] = value
        let isBroken = value == .greatestFiniteMagnitude ? [] : [1]
        let losses = gradient(sums, labels: [0, 1, 2]).losses
        #expect(losses.indices.filter { !losses[$0].isFinite } == isBroken)
    }

    @Test("a NaN in the features reaches the loss through the ReLU")
    func notANumberReachesTheLoss() {
        var dense = [Float](repeating: 1, count: 64)
        dense[10] = .nan
        let parameters = HeadParameters.initial(shape: Self.shape, seed: 1)
        let scores = parameters.scores(
            of: [SparseFeatures(dense)], labels: [0], threads: 1, kernels: anyKernels)
        #expect(scores[0].loss.isNaN)
    }

    @Test("of equal scores the first class is predicted")
    func firstOfEqualsIsPredicted() {
        let layers = OutputLayers(
            hiddenBias: [0, 0, 0, 0], kernel: .init(repeating: 0, count: 12), bias: [0, 1, 1])
        let scores = HeadChunk.scores(
            preactivations: [1, 2, 3, 4], labels: [0], outputLayers: layers, shape: Self.shape,
            kernels: anyKernels)
        #expect(scores[0].predicted == 1)
    }

    @Test("probabilities are those of the loss and sum to one")
    func probabilitiesMatchTheLoss() {
        let sums: [Float] = [0.1, -0.2, 0.3, 2, -1, 0.5, 0.25, 1]
        let gradient = gradient(sums, labels: [2, 0])
        let probabilities = HeadChunk.probabilities(
            preactivations: sums, outputLayers: Self.layers, shape: Self.shape, kernels: anyKernels)
        #expect(abs(probabilities[..<3].reduce(0, +) - 1) < 1e-6)
        #expect(abs(gradient.losses[0] + Float.log(probabilities[2])) < 1e-6)
        #expect(abs(gradient.losses[1] + Float.log(probabilities[3])) < 1e-6)
    }

    @Test("large logits neither overflow nor lose the loss")
    func largeLogitsAreFine() {
        let layers = OutputLayers(
            hiddenBias: [0, 0, 0, 0], kernel: [1000, 0, -1000] + .init(repeating: 0, count: 9),
            bias: [0, 0, 0])
        let scores = HeadChunk.scores(
            preactivations: [1, 0, 0, 0, 1, 0, 0, 0], labels: [0, 2], outputLayers: layers, shape: Self.shape,
            kernels: anyKernels)
        #expect(scores == [HeadScore(loss: 0, predicted: 0), HeadScore(loss: 2000, predicted: 0)])
    }
}

extension Float {
    fileprivate static func log(_ x: Float) -> Float { Float(ExactMath.log(Double(x))) }
}
