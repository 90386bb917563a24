import ContentAddressing

/// A head in training as a value: all that a run needs to go on with the same bits.
package struct HeadSnapshot: Sendable, Equatable {
    package var parameters: HeadParameters
    /// Adam's first moments, in the parameters' shapes.
    package var firstMoments: HeadParameters
    /// Adam's second moments, in the parameters' shapes.
    package var secondMoments: HeadParameters
    /// The updates done since the initial weights.
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

    /// A digest of weights, moments and the number of updates.
    package var digest: ContentDigest {
        var hasher = ContentHasher()
        parameters.update(&hasher)
        firstMoments.update(&hasher)
        secondMoments.update(&hasher)
        hasher.update(bigEndian: UInt64(updates))
        return hasher.finalize()
    }
}
