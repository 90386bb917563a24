import ContentAddressing
import WireMessages

/// One picture of the run.
package struct RunPicture: Sendable, Hashable {
    /// Relative path, for people.
    package var name: String
    package var digest: ContentDigest
    package var byteCount: Int
    package var label: Int
    /// Whether it is known to be readable: `nil` when it must still be checked.
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

/// Whether a picture can be read; a function of its bytes alone, so it is remembered by digest.
package enum PictureVerdict: Sendable, Hashable, Codable {
    case readable
    case unreadable(reason: String)

    /// Why it can't be read; `nil` where it can.
    package var reason: String? { if case .unreadable(let reason) = self { reason } else { nil } }
}

/// How gradients travel.
package enum Exchange: String, Sendable, Hashable, Codable, CaseIterable {
    /// Dense gradients go up, weights come down.
    case gradients
    /// Features and deltas go up, first-layer sums come down.
    case factors
}

/// Every bound and deadline of the protocol, by name.
package struct ProtocolLimits: Sendable, Equatable {
    /// Pictures whose features may be leased or held ahead of the current step; `nil` for as many as occupy
    /// the workers that are there.
    package var lookaheadPictures: Int?
    /// So many in any case, where their number follows the workers.
    package var lookaheadAtLeast = 512
    /// The memory that features held ahead may take, where their number follows the workers.
    package var lookaheadBytes = 1 << 30
    /// Leases of one worker besides gradients, whatever it asks for.
    package var slotsPerWorker = 4
    /// The leases of a lane that may wait at one worker, which both ends keep to. Besides gradients, that is
    /// twice its slots: what was lost with another worker is not left to wait for a free slot.
    package static func credit(gradients: Bool, slots: Int) -> Int { gradients ? 8 : 2 * slots }
    /// Pictures in a lease that checks or evaluates.
    package var picturesPerCheck = 16
    /// Check leases pending or granted at once, at least.
    package var checksAhead = 64
    /// An idle worker takes over another's lease when it is older than this.
    package var takeoverAfter = Duration.seconds(5)
    /// As `takeoverAfter`, for gradients, which a step waits for.
    package var gradientTakeoverAfter = Duration.milliseconds(500)
    /// A lease without an answer is sent again after this long: it or its answer may be lost.
    package var resendAfter = Duration.seconds(5)
    /// A worker that says nothing for this long is taken for lost.
    package var workerTimeout = Duration.seconds(10)
    /// How often workers say how they are.
    package var heartbeat = Duration.seconds(1)
    /// A coordinator that hears of no time for longer was stopped, or busy: no worker answers for that.
    package var stallAfter = Duration.seconds(1)
    /// How many workers may fail one lease, and how often each where there are fewer, before the run stops.
    package var failuresPerLease = 3
    /// How many leases in a row, done by others, a worker may fail before it is set apart.
    package var failuresPerWorker = 3
    /// How often a worker may break the protocol, or join anew, before it is set apart; each time is
    /// forgotten after a while.
    package var breachesPerWorker = 100
    package var breachForgivenAfter = Duration.seconds(6)
    /// A worker that has failed gets nothing new for so long.
    package var pauseAfterFailure = Duration.seconds(1)
    /// Workers that have gone and are still told of one by one, and known again by their names.
    package var workersRemembered = 300
    /// Workers that were set apart and stay so.
    package var exclusionsRemembered = 1000
    /// A worker that has work and gives no answer for so long, nor counts on, is stuck: nothing waits for it
    /// where others are there, and after five times as long it is set apart.
    package var stuckAfter = Duration.seconds(60)
    /// Between checkpoints within an epoch.
    package var checkpointInterval = Duration.seconds(60)

    package init() {}

    /// A picture's features with no zero among them: what is counted for one before any has come.
    static let denseFeatureBytes = 25_088 * 4 + 25_088 / 8

    /// How many pictures the look-ahead reaches: beside what each slot works on, as much again is ready or on
    /// its way.
    ///
    /// - Parameters:
    ///   - slots: of all workers that are ready.
    ///   - featureBytes: of a picture; `nil` where the coordinator does not hold them.
    package func lookahead(slots: Int, featureBytes: Int?) -> Int {
        if let lookaheadPictures { return lookaheadPictures }
        let held = featureBytes.map { lookaheadBytes / max($0, 1) } ?? .max
        return max(lookaheadAtLeast, min(2 * slots * TrainingSchedule.chunkSize, held))
    }

    /// How many leases of checks may be open: enough that each slot has the next at hand.
    package func checksAhead(slots: Int) -> Int { max(checksAhead, 2 * slots) }
}

/// What the coordinator's state machine is told at its start.
package struct CoordinatorConfiguration: Sendable {
    package var run: RunID
    package var session: SessionConfiguration
    package var training: [RunPicture]
    package var validation: [RunPicture]
    package var classes: [String]
    package var batchSize: Int
    package var epochs: Int
    package var exchange: Exchange
    /// Validation pictures are augmented, each epoch anew, as in Keras' recipe.
    package var augmentsValidation: Bool
    /// A picture that can't be read ends the run.
    package var isStrict: Bool
    package var allowsEmptyClasses: Bool
    package var allowsDifferentArithmetic: Bool
    /// The coordinator's own arithmetic, which every worker must show.
    package var arithmetic: ContentDigest
    /// The coordinator keeps every training picture's features in memory, so that each is computed and sent
    /// once.
    package var keepsFeatures: Bool
    /// Epochs without a better validation loss (or loss, without validation) before the run ends; 0 for
    /// never.
    package var earlyStoppingPatience: Int
    package var maximumSeconds: Double?
    /// The digest of the readable pictures with which the run began; `nil` for a new run.
    package var readable: ContentDigest?
    package var minimumWorkers = 1
    /// The share of leases, 0 to 1, that two workers compute and whose answers must be the same.
    package var verifiedShare = 0.0
    /// A worker's first answer of each kind counts only where another worker's, or the coordinator's own, is
    /// the same.
    package var provesWorkers = false
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
