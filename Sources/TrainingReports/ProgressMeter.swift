import TrainingProtocol

/// Measures a run's speed over the last seconds, and estimates the time left of its phase.
package struct ProgressMeter: Sendable {
    private var stage: CoordinatorProgress.Stage?
    private var epoch = -1
    private var meter = RateMeter()

    package init() {}

    /// The snapshot of `progress` at `now`; call it at every update.
    package mutating func snapshot(of progress: CoordinatorProgress, atSeconds now: Double)
        -> ProgressSnapshot
    {
        if progress.stage != stage || progress.epoch != epoch {
            (stage, epoch, meter) = (progress.stage, progress.epoch, RateMeter())
        }
        let rate = meter.rate(count: progress.picturesDone, atSeconds: now)
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
