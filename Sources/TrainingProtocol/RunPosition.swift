import ContentAddressing

/// One epoch, as recorded in `history.csv`.
package struct EpochRecord: Sendable, Codable, Equatable {
    package var epoch: Int
    package var loss: Double
    package var accuracy: Double
    package var validationLoss: Double?
    package var validationAccuracy: Double?
    /// The epoch's duration in seconds, including its validation.
    package var seconds: Double

    package init(
        epoch: Int, loss: Double, accuracy: Double, validationLoss: Double?, validationAccuracy: Double?,
        seconds: Double
    ) {
        self.epoch = epoch
        self.loss = loss
        self.accuracy = accuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
        self.seconds = seconds
    }
}

/// Losses and correct predictions summed over samples in the schedule's order.
package struct ScoreSum: Sendable, Codable, Equatable {
    package var loss: Double = 0
    package var correct: Int = 0
    package var samples: Int = 0

    package init() {}

    package mutating func add(loss sampleLoss: Float, isCorrect: Bool) {
        loss += Double(sampleLoss)
        correct += isCorrect ? 1 : 0
        samples += 1
    }

    package var meanLoss: Double { samples == 0 ? 0 : loss / Double(samples) }
    package var accuracy: Double { samples == 0 ? 0 : Double(correct) / Double(samples) }
}

/// A run's position, without the head: what a checkpoint must hold for the run to continue as if it had never
/// stopped.
package struct RunPosition: Sendable, Codable, Equatable {
    /// The number of steps applied, which is also the next step's number.
    package var step: Int = 0
    /// The unfinished epoch's scores.
    package var epochScores = ScoreSum()
    /// Seconds that earlier processes spent in the unfinished epoch.
    package var epochSeconds: Double = 0
    package var history: [EpochRecord] = []
    /// Names the head's weights at `step`; `nil` before the first step.
    package var weights: ContentDigest?
    /// Names the readable pictures, on which the schedule depends; `nil` before the check is over.
    package var readable: ContentDigest?
    /// By the IDs of connected workers, the kinds of lease in which they have proved right. The result of the
    /// run doesn't depend on it.
    package var proved: [String: [UInt8]]?

    package init() {}
}
