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

    /// The second kernel's gradient, then the second bias's.
    package var outputGradient: [Float] { outputKernelGradient + outputBiasGradient }
}
