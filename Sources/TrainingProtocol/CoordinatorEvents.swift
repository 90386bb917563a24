import ContentAddressing
import WireMessages

/// The runtime's number for a connection; never reused within a process.
package typealias Peer = Int

package enum CoordinatorEvent: Sendable {
    case started
    case received(WorkerMessage, from: Peer)
    /// Part of a message has arrived; the rest is on its way.
    case partReceived(from: Peer)
    case peerLost(Peer, reason: String)
    /// The peer has sent something that can't be understood; nothing more is read from this connection.
    case brokeProtocol(Peer, reason: String)
    /// Time has passed; sent at least every 100 ms.
    case timer
    /// The first layer's sums of a step are ready, by chunk, with everything a chunk's gradient needs.
    case preactivationsReady(step: Int, chunks: [FactorGradientWork])
    case stepApplied(step: Int)
    /// The weights after `step` updates can be sent to workers.
    case weightsReady(step: Int)
    /// The verdicts of the coordinator's own decoder on pictures that `decode` asked for.
    case picturesDecoded([DecodedPicture])
    /// The coordinator's own answer to a lease that `decide` asked for.
    case decided(LeaseResult)
    /// A worker that has just said hello is one of the coordinator's own processes.
    case vouched(for: Peer)
    /// The run is asked to save its state and stop.
    case stopRequested
    /// The owner can't continue, for example because a checkpoint can't be written, or, after the end, the
    /// result.
    case ownerFailed(reason: String, canGoOn: Bool = true)
}

/// What the coordinator asks its owner to do, in order.
package enum CoordinatorAction: Sendable {
    case send(CoordinatorMessage, to: Peer)
    case sendWeights(step: Int, to: Peer)
    /// Send a piece of the run's content, or say that it isn't available.
    case serveContent(ContentRequest, to: Peer)
    case forget(Peer)
    /// Keep the encoded features of samples (indices into the training set) for `step` and, if the
    /// configuration says so, for the whole run.
    case keepFeatures(step: Int, samples: [Int], encoded: [Tensor])
    /// Compute the first-layer sums of a step whose features are all kept; answered by `preactivationsReady`.
    case computePreactivations(StepSamples)
    /// Sum the chunks' gradients in order and update the head; answered by `stepApplied` and, if `next` is
    /// given, before that by `preactivationsReady` for that step. The features of `step` are not needed
    /// afterwards.
    case applyStep(StepUpdate, next: StepSamples?)
    /// Prepare the weights with this name for `sendWeights`; answered by `weightsReady`.
    case publishWeights(step: Int, digest: ContentDigest)
    /// Save the position and the head together.
    case checkpoint(RunPosition)
    /// Decode pictures here, because a worker says that they can't be read; answered by `picturesDecoded`.
    case decode([RunPicture])
    /// Compute a lease here, to find out which worker is right; answered by `decided`.
    case decide(Lease)
    /// Remember that a picture can't be read which was considered readable before.
    case remember(RunPicture)
    /// Remember the new verdicts on pictures, and list all pictures that are left out.
    case picturesChecked(newVerdicts: [RunPicture], leftOut: [RunPicture])
    case epochFinished(EpochRecord)
    case log(LogLevel, String)
    case finished(RunEnd)
}

/// A picture and the verdict of the coordinator's own decoder.
package struct DecodedPicture: Sendable, Equatable {
    package var digest: ContentDigest
    /// `nil` if this machine could not find out; `problem` says why.
    package var verdict: PictureVerdict?
    package var problem = ""

    package init(digest: ContentDigest, verdict: PictureVerdict?, problem: String = "") {
        self.digest = digest
        self.verdict = verdict
        self.problem = problem
    }
}

/// A step's contributions, by chunk in order.
package struct StepUpdate: Sendable {
    package var step: Int
    /// For each chunk its samples (indices into the training set) and their outcome.
    package var chunks: [(samples: [Int], outcome: Outcome)]
}

package struct StepSamples: Sendable, Equatable {
    package var step: Int
    /// Indices into the training set.
    package var samples: [Int]
    package var labels: [Int]
}

package enum LogLevel: Sendable, Hashable { case info, notice, warning, error }

package enum RunEnd: Sendable, Equatable {
    case completed
    /// Early stopping or the time limit ended the run; the model can be used.
    case stoppedEarly(reason: String)
    /// The state is saved and the run can be resumed.
    case interrupted
    case failed(reason: String)

    /// Whether the model of the run's end is meant to be used.
    package var hasModel: Bool {
        switch self {
        case .completed, .stoppedEarly: true
        case .interrupted, .failed: false
        }
    }
}
