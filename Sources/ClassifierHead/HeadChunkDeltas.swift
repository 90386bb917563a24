/// A chunk's deltas of both layers and its samples' scores: everything of its gradient that must be sent to a
/// process that has the features and the preactivations.
package struct HeadChunkDeltas: Sendable, Equatable {
    /// The first layer's deltas: samples x hidden units. They already include the factor 1 / (samples in the
    /// step).
    package var delta: [Float]
    /// The output layer's deltas: samples x classes, with the same factor.
    package var outputDelta: [Float]
    /// The samples' cross-entropies.
    package var losses: [Float]
    package var predictions: [Int]

    package init(delta: [Float], outputDelta: [Float], losses: [Float], predictions: [Int]) {
        precondition(losses.count == predictions.count)
        self.delta = delta
        self.outputDelta = outputDelta
        self.losses = losses
        self.predictions = predictions
    }
}
