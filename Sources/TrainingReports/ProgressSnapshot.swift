package struct ProgressSnapshot: Sendable, Equatable {
    package struct Worker: Sendable, Equatable {
        /// The small number that messages show.
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

    /// The part of the run whose pictures are counted.
    package enum Phase: String, Sendable, Equatable {
        /// Pictures are read before the run begins.
        case reading
        case checking
        case training
        case validating
    }

    package var phase: Phase
    /// Zero-based.
    package var epoch: Int
    package var epochs: Int
    /// Pictures of this phase that are done, and their total.
    package var picturesDone: Int
    package var picturesTotal: Int
    /// The epoch's means so far; `nil` before the first step.
    package var loss: Double?
    package var accuracy: Double?
    /// `nil` until it can be measured.
    package var picturesPerSecond: Double?
    /// The estimate for the rest of the phase.
    package var secondsLeft: Double?
    package var workers: [Worker]
    /// What the run is waiting for, and how long already, such as "waiting for worker 3 (host b), gradient
    /// 12/4, 8.2 s".
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
