import ContentAddressing

package struct LeaseResult: Sendable {
    package var id: LeaseID
    package var run: RunID
    /// The weights and the attempt that the lease named.
    package var weights: ContentDigest
    package var attempt: Int
    /// Seconds that the worker spent on it, for the reports.
    package var seconds: Double
    /// What the seconds were spent on.
    package var times: LeaseTimes
    package var outcome: Outcome

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

package enum Outcome: Sendable {
    /// For each sample the reason why it can't be read, or `nil` if it can.
    case checked([String?])
    /// Encoded features, one tensor of bytes per sample; empty if the lease did not ask for them.
    case extracted([Tensor])
    case factorGradient(FactorGradient)
    /// The dense gradient of the first kernel (inputs x hidden), and the rest.
    case denseGradient(kernel: Tensor, ChunkGradient)
    case evaluated([SampleScore])
    /// The worker could not do it; another may.
    case failed(reason: String)
}

/// A chunk's deltas and its samples' scores. The coordinator has the activations and the features, so no
/// gradient is sent.
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

/// A chunk's gradient without that of the first kernel, and its samples' scores.
package struct ChunkGradient: Sendable {
    /// The first layer's deltas (samples x hidden), float32.
    package var delta: Tensor
    /// The second kernel's gradient (hidden x classes), then the second bias's (classes), float32.
    package var outputGradient: Tensor
    package var scores: [SampleScore]

    package init(delta: Tensor, outputGradient: Tensor, scores: [SampleScore]) {
        self.delta = delta
        self.outputGradient = outputGradient
        self.scores = scores
    }
}
