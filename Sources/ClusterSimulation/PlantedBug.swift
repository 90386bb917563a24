/// A mistake made on purpose at the boundary of a state machine, to see that the simulator finds it.
package enum PlantedBug: String, Sendable, CaseIterable {
    // The step.
    /// A chunk's answer goes into the update twice.
    case chunkTwice
    /// The last chunk of a step is left out.
    case chunkSkipped
    /// The first two chunks of an update change places.
    case chunksSwapped
    /// The answers of the first two chunks change places, the samples stay.
    case answersSwapped
    case stepAppliedTwice
    /// An update is reported as done and was not made.
    case stepNotApplied
    /// The last picture's features of an answer are not kept.
    case featuresLost
    /// The features of an answer are kept in reverse.
    case featuresSwapped
    /// The scores of a chunk get lost, and are counted as zero.
    case scoresLost

    // Workers.
    /// A worker keeps the first weights that it gets, and takes them for any step's.
    case staleWeights
    /// A worker answers with the sums of the gradient lease before.
    case staleSums
    /// A worker draws an augmentation for the next epoch.
    case drawOfNextEpoch
    /// A worker calls pictures readable without looking.
    case everythingReadable
    /// A worker leaves whenever the coordinator says goodbye.
    case everyGoodbyeFinal

    // Messages.
    /// Answers of other runs are taken for this one's.
    case otherRunAccepted
    /// Answers that were computed from other weights are taken for the lease's.
    case otherWeightsAccepted
    /// Only the first greeting of a worker is sent.
    case helloOnce
    /// Only the first word that a worker is ready is sent.
    case readyOnce
    /// A step's weights are sent to each worker once only.
    case weightsOnce
    /// A single failure ends the run.
    case everyFailureFatal
    /// No answer is compared with another's.
    case nothingVerified
    /// The coordinator does not hear heartbeats.
    case heartbeatsIgnored
    /// The coordinator does not answer heartbeats.
    case heartbeatsUnanswered

    // Leases.
    /// What was leased to a worker that is gone stays leased, and nothing is leased anew.
    case neverLeasedAgain
    /// A lease is sent once to each holder, and never again.
    case neverSentAgain
    case lookaheadUnbounded
    /// The look-ahead follows the workers and takes whatever memory that takes.
    case lookaheadMemoryIgnored
    /// Each worker that has gone is remembered for ever.
    case departedRemembered
    /// Workers are given as many leases as they could ever take.
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
    /// The newest good checkpoint is passed over.
    case olderLoaded
    /// A checkpoint is reported as safe when its writing begins.
    case reportedEarly

    // Doubt.
    /// A worker that makes no progress is waited for.
    case progressIgnored
    /// An answer to work that is done is not looked at.
    case lateAnswersUnheard
    /// A worker's first answer counts as it comes.
    case proofSkipped
    /// A run whose answers are in dispute ends as if they were not.
    case disputeForgottenAtEnd
    /// A checkpoint is written while an answer in it is in dispute.
    case disputeSaved
    /// What one worker calls unreadable is, whatever the coordinator's own decoder says.
    case singleVerdictFinal
    /// A picture that can't be read for no given reason is taken for readable.
    case emptyReasonReadable
    /// A run goes on with other pictures than it began with.
    case readableNotCompared
    /// A lease comes with the weights of the step before.
    case goneWeightsSent

    // The simulator itself.
    /// Something depends on what is not in the seed.
    case timeFromOutside
}

extension PlantedBug {
    /// The name of the invariant that is there to find it.
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
