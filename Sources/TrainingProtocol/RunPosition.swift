import ContentAddressing

/// One epoch as it stands in `history.csv`.
package struct EpochRecord: Sendable, Codable, Equatable {
    package var epoch: Int
    package var loss: Double
    package var accuracy: Double
    package var validationLoss: Double?
    package var validationAccuracy: Double?
    /// Seconds that the epoch took, its validation included.
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

/// Losses and hits summed over samples in the schedule's order.
package struct ScoreSum: Sendable, Codable, Equatable {
    package var loss: Double = 0
    package var correct: Int = 0
    package var samples: Int = 0

    package init() {}

    /// Counts one more sample.
    package mutating func add(loss sampleLoss: Float, isCorrect: Bool) {
        loss += Double(sampleLoss)
        correct += isCorrect ? 1 : 0
        samples += 1
    }

    package var meanLoss: Double { samples == 0 ? 0 : loss / Double(samples) }
    package var accuracy: Double { samples == 0 ? 0 : Double(correct) / Double(samples) }
}

/// Where a run stands, beside the head itself: what a checkpoint must hold for the run to go on as if nothing
/// had been.
package struct RunPosition: Sendable, Codable, Equatable {
    /// The number of steps applied, which is the next step's number.
    package var step: Int = 0
    /// The unfinished epoch's scores.
    package var epochScores = ScoreSum()
    /// Seconds spent in the unfinished epoch by earlier processes.
    package var epochSeconds: Double = 0
    package var history: [EpochRecord] = []
    /// Names the head's weights at `step`; `nil` before the first step.
    package var weights: ContentDigest?
    /// Names the readable pictures, on which the schedule depends; `nil` before they were checked.
    package var readable: ContentDigest?
    /// Workers that are there, by their own names, with the kinds of lease in which they have proved right;
    /// nothing of the result depends on it.
    package var proved: [String: [UInt8]]?

    package init() {}
}
