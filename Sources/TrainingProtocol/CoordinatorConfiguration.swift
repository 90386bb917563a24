import ContentAddressing
import WireMessages

package struct RunPicture: Sendable, Hashable {
    /// The path of the picture's file, including the data set's folder.
    package var name: String
    package var digest: ContentDigest
    package var byteCount: Int
    package var label: Int
    /// `nil` if the picture must still be checked.
    package var verdict: PictureVerdict?

    package init(
        name: String, digest: ContentDigest, byteCount: Int, label: Int, verdict: PictureVerdict? = nil
    ) {
        self.name = name
        self.digest = digest
        self.byteCount = byteCount
        self.label = label
        self.verdict = verdict
    }
}

/// Whether a picture can be read. This depends on its bytes alone, so it is remembered by digest.
package enum PictureVerdict: Sendable, Hashable, Codable {
    case readable
    case unreadable(reason: String)

    /// Why the picture can't be read; `nil` if it can.
    package var reason: String? { if case .unreadable(let reason) = self { reason } else { nil } }
}

/// How gradients travel between workers and coordinator.
package enum Exchange: String, Sendable, Hashable, Codable, CaseIterable {
    /// Workers send dense gradients, the coordinator sends weights.
    case gradients
    /// Workers send features and deltas, the coordinator sends first-layer sums.
    case factors
}

/// All bounds and timeouts of the protocol.
package struct ProtocolLimits: Sendable, Equatable {
    /// The most pictures whose features may be leased or held ahead of the current step. `nil` takes as many
    /// as keep the connected workers busy.
    package var lookaheadPictures: Int?
    /// The lower bound of the look-ahead, in pictures, if it follows the workers.
    package var lookaheadAtLeast = 512
    /// The most bytes of features held ahead, if the look-ahead follows the workers.
    package var lookaheadBytes = 1 << 30
    /// The most slots of one worker, whatever it asks for: leases at a time, not counting gradients.
    package var slotsPerWorker = 4
    /// How many leases of a lane may wait at one worker; both ends enforce it. Apart from gradients it is
    /// twice the worker's slots, so that work lost with another worker doesn't wait for a free slot.
    package static func credit(gradients: Bool, slots: Int) -> Int { gradients ? 8 : 2 * slots }
    /// Pictures in a check or evaluation lease.
    package var picturesPerCheck = 16
    /// The least bound of check or evaluation leases that are open at once.
    package var checksAhead = 64
    /// An idle worker takes over another worker's lease after this long.
    package var takeoverAfter = Duration.seconds(5)
    /// As `takeoverAfter`, for gradients, since a step waits for them.
    package var gradientTakeoverAfter = Duration.milliseconds(500)
    /// A lease without an answer is sent again after this long, since it or its answer may be lost.
    package var resendAfter = Duration.seconds(5)
    /// A worker that has been silent for this long is considered lost.
    package var workerTimeout = Duration.seconds(10)
    /// How often workers send their status.
    package var heartbeat = Duration.seconds(1)
    /// If no timer event comes for longer than this, the coordinator was stopped or busy. That time is not
    /// counted against any worker.
    package var stallAfter = Duration.seconds(1)
    /// A lease has failed for good when this many workers have failed it, or when every connected worker has
    /// failed it this often. Then the coordinator does it itself or the run stops.
    package var failuresPerLease = 3
    /// A worker is set apart after it has failed this many leases of one kind in a row that others could do,
    /// or has called readable pictures unreadable in this many leases.
    package var failuresPerWorker = 3
    /// A worker that breaks the protocol or joins again more often than this is set apart; each breach is
    /// forgotten after `breachForgivenAfter`.
    package var breachesPerWorker = 100
    package var breachForgivenAfter = Duration.seconds(6)
    /// A worker that has failed a lease gets nothing new for this long.
    package var pauseAfterFailure = Duration.seconds(1)
    /// How many workers that have left are still reported one by one and recognised by name.
    package var workersRemembered = 300
    /// How many of the workers that were set apart are remembered and kept out.
    package var exclusionsRemembered = 1000
    /// A worker that has work but neither answers nor reports progress for this long is stuck. Nothing waits
    /// for it while other workers are there, and after five times as long it is set apart.
    package var stuckAfter = Duration.seconds(60)
    /// Time between checkpoints within an epoch.
    package var checkpointInterval = Duration.seconds(60)

    package init() {}

    /// The bytes of a picture's features if none of them is zero; the estimate until the first features
    /// arrive.
    static let denseFeatureBytes = 25_088 * 4 + 25_088 / 8

    /// How many pictures the look-ahead covers: for each slot one chunk in progress and one that is ready or
    /// on its way.
    ///
    /// - Parameters:
    ///   - slots: the slots of all ready workers.
    ///   - featureBytes: the bytes of one picture's features; `nil` if the coordinator does not hold them.
    package func lookahead(slots: Int, featureBytes: Int?) -> Int {
        if let lookaheadPictures { return lookaheadPictures }
        let held = featureBytes.map { lookaheadBytes / max($0, 1) } ?? .max
        return max(lookaheadAtLeast, min(2 * slots * TrainingSchedule.chunkSize, held))
    }

    /// How many check or evaluation leases may be open: enough that the next one for each slot is ready.
    package func checksAhead(slots: Int) -> Int { max(checksAhead, 2 * slots) }
}

/// What the coordinator's state machine is given at its start.
package struct CoordinatorConfiguration: Sendable {
    package var run: RunID
    package var session: SessionConfiguration
    package var training: [RunPicture]
    package var validation: [RunPicture]
    package var classes: [String]
    package var batchSize: Int
    package var epochs: Int
    package var exchange: Exchange
    /// Whether validation pictures are augmented anew in each epoch, as in Keras' recipe.
    package var augmentsValidation: Bool
    /// Whether a picture that can't be read ends the run.
    package var isStrict: Bool
    package var allowsEmptyClasses: Bool
    package var allowsDifferentArithmetic: Bool
    /// The digest of the coordinator's own arithmetic. Workers must show the same unless
    /// `allowsDifferentArithmetic` is set.
    package var arithmetic: ContentDigest
    /// Whether the coordinator keeps every training picture's features in memory, so that each is computed
    /// and sent only once.
    package var keepsFeatures: Bool
    /// The run ends after this many epochs without a better validation loss (or training loss, if there is no
    /// validation); 0 disables it.
    package var earlyStoppingPatience: Int
    package var maximumSeconds: Double?
    /// The digest of the readable pictures the run began with; `nil` for a new run.
    package var readable: ContentDigest?
    package var minimumWorkers = 1
    /// The share of chunks, 0 to 1, for which two workers compute the features and the gradient, and must
    /// give the same answers.
    package var verifiedShare = 0.0
    /// Whether a worker's first answer of each kind counts only if another worker or the coordinator itself
    /// gives the same.
    package var provesWorkers = false
    /// Tells this process from the coordinators of the run before it, whose weights workers may still have.
    package var process: UInt64 = 0
    package var limits = ProtocolLimits()

    package init(
        run: RunID, session: SessionConfiguration, training: [RunPicture], validation: [RunPicture],
        classes: [String], batchSize: Int, epochs: Int, exchange: Exchange, augmentsValidation: Bool = false,
        isStrict: Bool = false, allowsEmptyClasses: Bool = false, allowsDifferentArithmetic: Bool = false,
        arithmetic: ContentDigest, keepsFeatures: Bool = false, earlyStoppingPatience: Int = 0,
        maximumSeconds: Double? = nil
    ) {
        self.run = run
        self.session = session
        self.training = training
        self.validation = validation
        self.classes = classes
        self.batchSize = batchSize
        self.epochs = epochs
        self.exchange = exchange
        self.augmentsValidation = augmentsValidation
        self.isStrict = isStrict
        self.allowsEmptyClasses = allowsEmptyClasses
        self.allowsDifferentArithmetic = allowsDifferentArithmetic
        self.arithmetic = arithmetic
        self.keepsFeatures = keepsFeatures
        self.earlyStoppingPatience = earlyStoppingPatience
        self.maximumSeconds = maximumSeconds
    }
}
