import ContentAddressing
import WireMessages

/// A connection as the runtime numbers it; never reused within a process.
package typealias Peer = Int

/// What happens to a coordinator.
package enum CoordinatorEvent: Sendable {
    case started
    case received(WorkerMessage, from: Peer)
    /// A part of a message has come, whose rest is on its way.
    case partReceived(from: Peer)
    case peerLost(Peer, reason: String)
    /// It has sent what can't be understood, and is not heard any more on this connection.
    case brokeProtocol(Peer, reason: String)
    /// Time has passed; sent at least every 100 ms.
    case timer
    /// The first layer's sums of a step are ready, chunk by chunk, with what a chunk's gradient needs.
    case preactivationsReady(step: Int, chunks: [FactorGradientWork])
    /// The update of a step is done.
    case stepApplied(step: Int)
    /// The weights after `step` updates can be sent to workers.
    case weightsReady(step: Int)
    /// What the coordinator's own decoder says of pictures that it was asked for by `decode`.
    case picturesDecoded([DecodedPicture])
    /// What the coordinator itself answers to a lease that it was asked for by `decide`.
    case decided(LeaseResult)
    /// A worker that has just said hello is a process of the coordinator's own.
    case vouched(for: Peer)
    /// Somebody asks the run to save its state and stop.
    case stopRequested
    /// The owner can't go on, such as when a checkpoint can't be written; after the end, its result can't be.
    case ownerFailed(reason: String, canGoOn: Bool = true)
}

/// What a coordinator wants done. The owner does them in order.
package enum CoordinatorAction: Sendable {
    case send(CoordinatorMessage, to: Peer)
    /// Send the published weights of `step`.
    case sendWeights(step: Int, to: Peer)
    /// Send a piece of content that the run has, or word that it has none.
    case serveContent(ContentRequest, to: Peer)
    /// Forget the connection.
    case forget(Peer)
    /// Keep the features of samples (indices into the training set), encoded, for `step` and, if the
    /// configuration says so, for good.
    case keepFeatures(step: Int, samples: [Int], encoded: [Tensor])
    /// Compute first-layer sums of a step whose features are all kept; answered by `preactivationsReady`.
    case computePreactivations(StepSamples)
    /// Sum the chunks' gradients in order, update the head; answered by `stepApplied`, and before it, if
    /// `next` is given, by `preactivationsReady` for that step. Features of `step` are not needed afterwards.
    case applyStep(StepUpdate, next: StepSamples?)
    /// Make the weights, of this name, ready for `sendWeights`; answered by `weightsReady`.
    case publishWeights(step: Int, digest: ContentDigest)
    /// Save position and head together.
    case checkpoint(RunPosition)
    /// Decode pictures here, since a worker says that they can't be; answered by `picturesDecoded`.
    case decode([RunPicture])
    /// Do a lease here, to tell who is right about it; answered by `decided`.
    case decide(Lease)
    /// Remember that a picture can't be read, which was taken for readable.
    case remember(RunPicture)
    /// The verdicts on pictures, new ones to be remembered, and all that are left out to be listed.
    case picturesChecked(newVerdicts: [RunPicture], leftOut: [RunPicture])
    case epochFinished(EpochRecord)
    case log(LogLevel, String)
    case finished(RunEnd)
}

/// A picture and what the coordinator's own decoder says of it.
package struct DecodedPicture: Sendable, Equatable {
    package var digest: ContentDigest
    /// `nil` where this machine could not find out.
    package var verdict: PictureVerdict?
    /// Why not.
    package var problem = ""

    package init(digest: ContentDigest, verdict: PictureVerdict?, problem: String = "") {
        self.digest = digest
        self.verdict = verdict
        self.problem = problem
    }
}

/// A step's contributions, chunk by chunk in order.
package struct StepUpdate: Sendable {
    package var step: Int
    /// For each chunk its samples (indices into the training set) and what came back.
    package var chunks: [(samples: [Int], outcome: Outcome)]
}

/// The samples of a step, in order.
package struct StepSamples: Sendable, Equatable {
    package var step: Int
    /// Indices into the training set.
    package var samples: [Int]
    /// Their classes.
    package var labels: [Int]
}

/// How loud a log line is.
package enum LogLevel: Sendable, Hashable { case info, notice, warning, error }

/// How a run ended.
package enum RunEnd: Sendable, Equatable {
    case completed
    /// Early stopping or the time limit; the model is as good as it got.
    case stoppedEarly(reason: String)
    /// The state is saved and the run can be resumed.
    case interrupted
    case failed(reason: String)
}
