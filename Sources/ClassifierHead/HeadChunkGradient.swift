/// A chunk's gradient without the first kernel's, and its samples' scores.
package struct HeadChunkGradient: Sendable, Equatable {
    /// The first layer's deltas: samples x hidden units. They carry 1 / (samples in the step) already.
    package var delta: [Float]
    /// The second kernel's gradient: hidden units x classes.
    package var outputKernelGradient: [Float]
    /// The second bias's gradient: classes.
    package var outputBiasGradient: [Float]
    /// The samples' cross-entropies.
    package var losses: [Float]
    /// The samples' predicted classes.
    package var predictions: [Int]

    package init(
        delta: [Float], outputKernelGradient: [Float], outputBiasGradient: [Float], losses: [Float],
        predictions: [Int]
    ) {
        precondition(losses.count == predictions.count)
        self.delta = delta
        self.outputKernelGradient = outputKernelGradient
        self.outputBiasGradient = outputBiasGradient
        self.losses = losses
        self.predictions = predictions
    }

    /// Takes the parts as they come from the network; `nil` where a count or class does not fit the shape.
    /// - Parameter outputGradient: the second kernel's gradient, then the second bias's.
    package init?(
        delta: [Float], outputGradient: [Float], losses: [Float], predictions: [Int], shape: HeadShape
    ) {
        guard losses.count == predictions.count, delta.count == losses.count * shape.hiddenUnits,
            outputGradient.count == shape.outputKernelCount + shape.classCount,
            predictions.allSatisfy({ (0..<shape.classCount).contains($0) })
        else { return nil }
        self.init(
            delta: delta, outputKernelGradient: Array(outputGradient[..<shape.outputKernelCount]),
            outputBiasGradient: Array(outputGradient[shape.outputKernelCount...]), losses: losses,
            predictions: predictions)
    }

    /// The second kernel's gradient, then the second bias's.
    package var outputGradient: [Float] { outputKernelGradient + outputBiasGradient }

    /// The samples, by their place in the chunk, whose loss is NaN or infinite: training must stop and name
    /// them.
    package var nonFiniteSamples: [Int] { losses.indices.filter { !losses[$0].isFinite } }
}
