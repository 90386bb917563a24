import ContentAddressing

/// The answer to a lease.
package struct LeaseResult: Sendable {
    package var id: LeaseID
    package var run: RunID
    /// The weights and the attempt that the lease named.
    package var weights: ContentDigest
    package var attempt: Int
    /// Seconds that the worker spent on it, for the reports.
    package var seconds: Double
    /// What they went to.
    package var times: LeaseTimes
    package var outcome: Outcome

    /// The answer to `lease`.
    package init(to lease: Lease, seconds: Double, times: LeaseTimes = LeaseTimes(), outcome: Outcome) {
        self.init(
            id: lease.id, run: lease.run, weights: lease.weights, attempt: lease.attempt, seconds: seconds,
            times: times, outcome: outcome)
    }

    package init(
        id: LeaseID, run: RunID, weights: ContentDigest, attempt: Int = 0, seconds: Double,
        times: LeaseTimes = LeaseTimes(), outcome: Outcome
    ) {
        self.id = id
        self.run = run
        self.weights = weights
        self.attempt = attempt
        self.seconds = seconds
        self.times = times
        self.outcome = outcome
    }
}

/// What came of a lease.
package enum Outcome: Sendable {
    /// For each sample the reason why it can't be read, or `nil`.
    case checked([String?])
    /// Encoded features, one tensor of bytes a sample; none where the lease did not ask for them.
    case extracted([Tensor])
    case factorGradient(FactorGradient)
    /// The dense gradient of the first kernel (inputs x hidden) beside the rest.
    case denseGradient(kernel: Tensor, ChunkGradient)
    case evaluated([SampleScore])
    /// The worker could not do it; another may.
    case failed(reason: String)
}

/// A chunk's deltas and its samples' scores. The coordinator has the activations and the features, so that no
/// gradient travels.
package struct FactorGradient: Sendable {
    /// The first layer's deltas (samples x hidden), float32.
    package var delta: Tensor
    /// The output layer's deltas (samples x classes), float32.
    package var outputDelta: Tensor
    package var scores: [SampleScore]

    package init(delta: Tensor, outputDelta: Tensor, scores: [SampleScore]) {
        self.delta = delta
        self.outputDelta = outputDelta
        self.scores = scores
    }
}

/// A chunk's gradient without the first kernel's, and its samples' scores.
package struct ChunkGradient: Sendable {
    /// The first layer's deltas (samples x hidden), float32.
    package var delta: Tensor
    /// Second kernel's gradient (hidden x classes), then the second bias's (classes), float32.
    package var outputGradient: Tensor
    package var scores: [SampleScore]

    package init(delta: Tensor, outputGradient: Tensor, scores: [SampleScore]) {
        self.delta = delta
        self.outputGradient = outputGradient
        self.scores = scores
    }
}
