/// A chunk's gradient except for the first kernel's, and its samples' scores.
package struct HeadChunkGradient: Sendable, Equatable {
    /// The first layer's deltas: samples x hidden units. They already include the factor 1 / (samples in the
    /// step).
    package var delta: [Float]
    /// The second kernel's gradient: hidden units x classes.
    package var outputKernelGradient: [Float]
    /// The second bias's gradient: classes.
    package var outputBiasGradient: [Float]
    /// The samples' cross-entropies.
    package var losses: [Float]
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

    /// Takes the parts as received from the network; `nil` if a count or class doesn't fit the shape.
    ///
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

    /// The indices, within the chunk, of samples whose loss is NaN or infinite. Training must stop and name
    /// them.
    package var nonFiniteSamples: [Int] { losses.indices.filter { !losses[$0].isFinite } }
}
