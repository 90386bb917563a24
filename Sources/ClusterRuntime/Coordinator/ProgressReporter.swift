import Foundation
import TrainingProtocol
import TrainingReports

/// Shows a run's progress on standard error, and works out rates and the time left.
struct ProgressReporter {
    private var presenter: ProgressPresenter
    /// Pictures done at moments of the current stage, for the rate over the last seconds.
    private var marks: [(at: Duration, pictures: Int)] = []
    private var stage: CoordinatorProgress.Stage?
    private var epoch: Int?

    /// The rate is taken over this long.
    private static let rateSeconds = 10.0

    init(environment: RuntimeEnvironment) {
        presenter = ProgressPresenter(terminalColumns: environment.terminalColumns)
    }

    mutating func update(_ progress: CoordinatorProgress, at time: Duration) {
        if stage != progress.stage || epoch != progress.epoch {
            marks = []
            (stage, epoch) = (progress.stage, progress.epoch)
        }
        marks.append((time, progress.picturesDone))
        marks.removeAll { (time - $0.at).inSeconds > Self.rateSeconds }
        guard let phase = progress.stage.phase else { return }
        var rate: Double?
        if let first = marks.first, progress.picturesDone > first.pictures, time > first.at {
            rate = Double(progress.picturesDone - first.pictures) / (time - first.at).inSeconds
        }
        let left = Double(progress.picturesTotal - progress.picturesDone)
        show(
            presenter.update(
                ProgressSnapshot(
                    phase: phase, epoch: progress.epoch, epochs: progress.epochs,
                    picturesDone: progress.picturesDone, picturesTotal: progress.picturesTotal,
                    loss: progress.scores.samples > 0 ? progress.scores.meanLoss : nil,
                    accuracy: progress.scores.samples > 0 ? progress.scores.accuracy : nil,
                    picturesPerSecond: rate, secondsLeft: rate.map { left / $0 },
                    workers: progress.workers.map {
                        .init(number: $0.number, host: $0.host, activity: $0.activity)
                    },
                    waitingFor: progress.waitingFor), atSeconds: time.inSeconds))
    }

    mutating func epochFinished(_ record: EpochRecord, epochs: Int, at time: Duration) {
        show(presenter.epochEnded(record, epochs: epochs, atSeconds: time.inSeconds))
    }

    /// Takes the bar away.
    mutating func clear() { show(presenter.clear()) }

    private func show(_ text: String) {
        if !text.isEmpty { FileHandle.standardError.write(Data(text.utf8)) }
    }
}

extension CoordinatorProgress.Stage {
    fileprivate var phase: ProgressSnapshot.Phase? {
        switch self {
        case .checking: .checking
        case .training: .training
        case .evaluating: .validating
        case .ended: nil
        }
    }
}
