/// What a run is doing at one moment, as people want to know it.
package struct ProgressSnapshot: Sendable, Equatable {
    /// A worker and what it is at.
    package struct Worker: Sendable, Equatable {
        /// The small number by which people know it.
        package var number: Int
        package var host: String
        /// Such as "extracting step 3".
        package var activity: String

        package init(number: Int, host: String, activity: String) {
            self.number = number
            self.host = host
            self.activity = activity
        }
    }

    /// What the pictures are counted for.
    package enum Phase: String, Sendable, Equatable {
        /// Read before the run begins.
        case reading
        case checking
        case training
        case validating
    }

    package var phase: Phase
    /// Zero-based.
    package var epoch: Int
    package var epochs: Int
    /// Pictures of this phase that are done, and all of them.
    package var picturesDone: Int
    package var picturesTotal: Int
    /// The epoch's means so far; `nil` before the first step.
    package var loss: Double?
    package var accuracy: Double?
    /// `nil` until there is something to measure.
    package var picturesPerSecond: Double?
    /// The estimate for the epoch's rest.
    package var secondsLeft: Double?
    package var workers: [Worker]
    /// Whom or what the run waits for and since when, such as "waiting for worker 3 (host b), gradient 12/4,
    /// 8.2 s".
    package var waitingFor: String?

    package init(
        phase: Phase = .training, epoch: Int, epochs: Int, picturesDone: Int, picturesTotal: Int,
        loss: Double? = nil, accuracy: Double? = nil, picturesPerSecond: Double? = nil,
        secondsLeft: Double? = nil, workers: [Worker] = [], waitingFor: String? = nil
    ) {
        self.phase = phase
        self.epoch = epoch
        self.epochs = epochs
        self.picturesDone = picturesDone
        self.picturesTotal = picturesTotal
        self.loss = loss
        self.accuracy = accuracy
        self.picturesPerSecond = picturesPerSecond
        self.secondsLeft = secondsLeft
        self.workers = workers
        self.waitingFor = waitingFor
    }
}
