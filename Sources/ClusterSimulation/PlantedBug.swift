/// A bug planted at the boundary of a state machine, to check that the simulator finds it.
package enum PlantedBug: String, Sendable, CaseIterable {
    // The step.
    /// A chunk's answer goes into the update twice.
    case chunkTwice
    /// The last chunk of a step is left out.
    case chunkSkipped
    /// The first two chunks of an update are swapped.
    case chunksSwapped
    /// The answers of the first two chunks are swapped, but not their samples.
    case answersSwapped
    case stepAppliedTwice
    /// An update is reported as done but was not made.
    case stepNotApplied
    /// The features of an answer's last picture are not kept.
    case featuresLost
    /// The features of an answer are kept in reverse order.
    case featuresSwapped
    /// The scores of a chunk are lost and counted as zero.
    case scoresLost

    // Workers.
    /// A worker keeps the first weights that it gets, and uses them for every step.
    case staleWeights
    /// A worker answers with the sums of the previous gradient lease.
    case staleSums
    /// A worker draws the augmentation of the next epoch.
    case drawOfNextEpoch
    /// A worker calls pictures readable without decoding them.
    case everythingReadable
    /// A worker leaves at every goodbye of the coordinator.
    case everyGoodbyeFinal

    // Messages.
    /// Answers of other runs are accepted.
    case otherRunAccepted
    /// Answers that were computed from other weights than the lease's are accepted.
    case otherWeightsAccepted
    /// Only a worker's first hello is sent.
    case helloOnce
    /// Only a worker's first `ready` is sent.
    case readyOnce
    /// A step's weights are sent only once to each worker.
    case weightsOnce
    /// A single failure ends the run.
    case everyFailureFatal
    /// No answer is compared with another.
    case nothingVerified
    /// The coordinator ignores heartbeats.
    case heartbeatsIgnored
    /// The coordinator does not answer heartbeats.
    case heartbeatsUnanswered

    // Leases.
    /// The leases of a lost worker stay leased, and are never leased again.
    case neverLeasedAgain
    /// A lease is sent only once to each holder.
    case neverSentAgain
    case lookaheadUnbounded
    /// The look-ahead follows the workers without a bound on its memory.
    case lookaheadMemoryIgnored
    /// Workers that have left are remembered for ever.
    case departedRemembered
    /// Workers get as many leases as they ask for.
    case slotsIgnored

    // Checkpoints.
    /// A checkpoint's position is a step ahead of its head.
    case positionAhead
    /// The unfinished epoch's scores are not saved.
    case savedWithoutScores
    /// The epochs' records are not saved.
    case savedWithoutHistory
    /// A damaged checkpoint is loaded.
    case damagedLoaded
    /// The newest good checkpoint is skipped.
    case olderLoaded
    /// A checkpoint is reported as safe when its writing begins.
    case reportedEarly

    // Disputes.
    /// A worker that makes no progress is waited for.
    case progressIgnored
    /// Answers to work that is done are ignored.
    case lateAnswersUnheard
    /// A worker's first answer is used without proof.
    case proofSkipped
    /// A run with a disputed answer ends as if there were no dispute.
    case disputeForgottenAtEnd
    /// A checkpoint is written while an answer in it is disputed.
    case disputeSaved
    /// Pictures that one worker calls unreadable are left out, whatever the coordinator's own decoder says.
    case singleVerdictFinal
    /// A picture that is unreadable without a reason is considered readable.
    case emptyReasonReadable
    /// A run continues with other pictures than it began with.
    case readableNotCompared
    /// A lease comes with the weights of the previous step.
    case goneWeightsSent

    // The simulator itself.
    /// Something depends on a value that doesn't come from the seed.
    case timeFromOutside
}

extension PlantedBug {
    /// The name of the invariant that finds the bug.
    package var invariant: String {
        switch self {
        case .chunkTwice: "countedTwice"
        case .chunkSkipped: "notCounted"
        case .chunksSwapped: "wrongSamples"
        case .answersSwapped: "wrongHead"
        case .stepAppliedTwice, .stepNotApplied: "wrongStep"
        case .featuresLost: "missingFeatures"
        case .featuresSwapped: "wrongHead"
        case .scoresLost, .savedWithoutScores: "wrongEpoch"
        case .staleWeights, .staleSums, .drawOfNextEpoch: "wrongHead"
        case .everythingReadable, .singleVerdictFinal, .emptyReasonReadable: "wrongVerdicts"
        case .everyGoodbyeFinal: "workerGaveUp"
        case .otherRunAccepted, .otherWeightsAccepted: "wrongHead"
        case .helloOnce, .readyOnce, .weightsOnce, .neverLeasedAgain, .neverSentAgain, .progressIgnored:
            "notEnded"
        case .everyFailureFatal: "runFailed"
        case .nothingVerified, .proofSkipped: "unverifiedAnswerUsed"
        case .heartbeatsIgnored, .heartbeatsUnanswered: "healthyWorkerLost"
        case .lookaheadUnbounded, .lookaheadMemoryIgnored: "lookaheadExceeded"
        case .departedRemembered: "workerRecordsExceeded"
        case .slotsIgnored: "workerQueueExceeded"
        case .positionAhead, .damagedLoaded: "damagedCheckpoint"
        case .savedWithoutHistory: "wrongHistory"
        case .olderLoaded, .reportedEarly: "checkpointLost"
        case .lateAnswersUnheard, .disputeForgottenAtEnd, .disputeSaved: "passedDispute"
        case .readableNotCompared: "otherPictures"
        case .goneWeightsSent: "weightsNotPublished"
        case .timeFromOutside: "traceDiffers"
        }
    }
}
