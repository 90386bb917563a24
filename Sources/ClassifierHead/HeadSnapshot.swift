import ContentAddressing

/// The state of a head in training, from which a run continues with the same bits.
package struct HeadSnapshot: Sendable, Equatable {
    package var parameters: HeadParameters
    /// Adam's first moments, in the parameters' shapes.
    package var firstMoments: HeadParameters
    /// Adam's second moments, in the parameters' shapes.
    package var secondMoments: HeadParameters
    /// The number of updates since the initial weights.
    package var updates: Int

    package init(
        parameters: HeadParameters, firstMoments: HeadParameters, secondMoments: HeadParameters, updates: Int
    ) {
        precondition(firstMoments.shape == parameters.shape && secondMoments.shape == parameters.shape)
        precondition(updates >= 0)
        self.parameters = parameters
        self.firstMoments = firstMoments
        self.secondMoments = secondMoments
        self.updates = updates
    }

    /// A head before its first update, with moments of zero.
    package init(initial parameters: HeadParameters) {
        let shape = parameters.shape
        let zeros = HeadParameters(
            shape: shape, kernel: [Float](repeating: 0, count: shape.kernelCount),
            outputLayers: OutputLayers(
                hiddenBias: [Float](repeating: 0, count: shape.hiddenUnits),
                kernel: [Float](repeating: 0, count: shape.hiddenUnits * shape.classCount),
                bias: [Float](repeating: 0, count: shape.classCount)))
        self.init(parameters: parameters, firstMoments: zeros, secondMoments: zeros, updates: 0)
    }

    package var digest: ContentDigest {
        var hasher = ContentHasher()
        parameters.update(&hasher)
        firstMoments.update(&hasher)
        secondMoments.update(&hasher)
        hasher.update(bigEndian: UInt64(updates))
        return hasher.finalize()
    }
}
