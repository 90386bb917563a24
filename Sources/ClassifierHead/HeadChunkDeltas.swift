/// A chunk's deltas of both layers, and its samples' scores: all that has to travel of its gradient to
/// whoever has the features and the first layer's sums.
package struct HeadChunkDeltas: Sendable, Equatable {
    /// The first layer's deltas: samples x hidden units. They carry 1 / (samples in the step) already.
    package var delta: [Float]
    /// The output layer's deltas: samples x classes, carrying the same.
    package var outputDelta: [Float]
    /// The samples' cross-entropies.
    package var losses: [Float]
    /// The samples' predicted classes.
    package var predictions: [Int]

    package init(delta: [Float], outputDelta: [Float], losses: [Float], predictions: [Int]) {
        precondition(losses.count == predictions.count)
        self.delta = delta
        self.outputDelta = outputDelta
        self.losses = losses
        self.predictions = predictions
    }
}
