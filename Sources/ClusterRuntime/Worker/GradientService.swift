import ClassifierHead
import ExactArithmetic
import WireMessages

/// Gradients in the factor form. They are small and a step waits for them, so a worker computes them on a
/// thread of their own.
package enum GradientService {
    /// The chunk's deltas and the samples' scores.
    package static func answer(
        _ work: FactorGradientWork, session: SessionConfiguration, kernels: KernelSet
    ) -> Outcome {
        // The work thread may not have validated the session yet.
        guard let shape = try? session.headShape() else {
            return .failed(reason: "the session is none of a run")
        }
        guard work.preactivations.shape == [work.labels.count, shape.hiddenUnits],
            work.labels.allSatisfy({ (0..<shape.classCount).contains($0) }),
            let outputLayers = OutputLayers(flattened: work.outputLayers.floats, shape: shape)
        else { return .failed(reason: "the work does not have the run's shapes") }
        let deltas = HeadChunk.deltas(
            preactivations: work.preactivations.floats, labels: work.labels,
            samplesInStep: work.samplesInStep,
            outputLayers: outputLayers, shape: shape, kernels: kernels)
        return .factorGradient(FactorGradient(deltas, shape: shape))
    }
}

extension FactorGradient {
    /// Converts for the wire.
    init(_ deltas: HeadChunkDeltas, shape: HeadShape) {
        let count = deltas.losses.count
        self.init(
            delta: Tensor(deltas.delta, shape: [count, shape.hiddenUnits]),
            outputDelta: Tensor(deltas.outputDelta, shape: [count, shape.classCount]),
            scores: zip(deltas.losses, deltas.predictions).map { SampleScore(loss: $0, predicted: $1) })
    }
}

extension ChunkGradient {
    /// Converts for the wire.
    init(_ gradient: HeadChunkGradient, shape: HeadShape) {
        let output = gradient.outputKernelGradient + gradient.outputBiasGradient
        self.init(
            delta: Tensor(gradient.delta, shape: [gradient.losses.count, shape.hiddenUnits]),
            outputGradient: Tensor(output, shape: [output.count]),
            scores: zip(gradient.losses, gradient.predictions).map { SampleScore(loss: $0, predicted: $1) })
    }
}

extension HeadParameters {
    /// Converts from the wire; `nil` if the shapes are not the run's.
    init?(_ weights: HeadWeights, shape: HeadShape) {
        guard weights.kernel.shape == [shape.featureCount, shape.hiddenUnits],
            let outputLayers = OutputLayers(flattened: weights.outputLayers.floats, shape: shape)
        else { return nil }
        self.init(shape: shape, kernel: weights.kernel.floats, outputLayers: outputLayers)
    }
}
