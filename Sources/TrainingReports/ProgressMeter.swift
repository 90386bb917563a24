import TrainingProtocol

/// Measures how fast a run goes, over the last seconds, and tells how long its epoch still takes.
package struct ProgressMeter: Sendable {
    /// What the rate is measured over: long enough to be calm, short enough to follow workers that come and
    /// go.
    private static let windowSeconds = 15.0
    /// Before so much time a rate says nothing.
    private static let leastSeconds = 0.5

    private var stage: CoordinatorProgress.Stage?
    private var epoch = -1
    private var marks: [(seconds: Double, pictures: Int)] = []

    package init() {}

    /// The snapshot of `progress` as it is at `now`; call it at every update.
    package mutating func snapshot(of progress: CoordinatorProgress, atSeconds now: Double)
        -> ProgressSnapshot
    {
        if progress.stage != stage || progress.epoch != epoch {
            (stage, epoch, marks) = (progress.stage, progress.epoch, [])
        }
        marks.append((now, progress.picturesDone))
        // The newest mark that is older than the window stays, so that a slow run has a rate too.
        while marks.count > 2, now - marks[1].seconds > Self.windowSeconds { marks.removeFirst() }

        let seconds = now - marks[0].seconds
        let pictures = progress.picturesDone - marks[0].pictures
        let rate = seconds >= Self.leastSeconds && pictures > 0 ? Double(pictures) / seconds : nil
        let scored = progress.scores.samples > 0
        return ProgressSnapshot(
            phase: ProgressSnapshot.Phase(progress.stage), epoch: progress.epoch, epochs: progress.epochs,
            picturesDone: progress.picturesDone, picturesTotal: progress.picturesTotal,
            loss: scored ? progress.scores.meanLoss : nil, accuracy: scored ? progress.scores.accuracy : nil,
            picturesPerSecond: rate,
            secondsLeft: rate.map { Double(progress.picturesTotal - progress.picturesDone) / $0 },
            workers: progress.workers.map { .init(number: $0.number, host: $0.host, activity: $0.activity) },
            waitingFor: progress.waitingFor)
    }
}

extension ProgressSnapshot.Phase {
    fileprivate init(_ stage: CoordinatorProgress.Stage) {
        switch stage {
        case .checking: self = .checking
        case .training, .ended: self = .training
        case .evaluating: self = .validating
        }
    }
}
