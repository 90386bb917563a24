import TrainingProtocol
import TrainingReports

/// Shows a run's progress on the process' display.
struct ProgressReporter {
    private let display: ProgressDisplay
    private var meter = ProgressMeter()

    init(environment: RuntimeEnvironment) { display = environment.display }

    /// Shows where the run stands; `time` is since its start.
    mutating func update(_ progress: CoordinatorProgress, at time: Duration) {
        guard progress.stage != .ended else { return }
        display.update(meter.snapshot(of: progress, atSeconds: time.inSeconds), atSeconds: time.inSeconds)
    }

    /// Shows what an epoch came to.
    func epochFinished(_ record: EpochRecord, epochs: Int, at time: Duration) {
        display.epochEnded(record, epochs: epochs, atSeconds: time.inSeconds)
    }

    /// Takes the bar away.
    func clear() { display.clear() }
}
