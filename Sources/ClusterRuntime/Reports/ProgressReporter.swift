import ContentAddressing
import Foundation
import Imaging
import LivePage
import Logging
import TrainingProtocol
import TrainingReports

/// Publishes a run's progress: on the process's display, in TensorBoard's files, in the report and on the
/// live page.
struct ProgressReporter {
    private let display: ProgressDisplay
    private let log: Logger
    private let wallClock: @Sendable () -> Double
    private let report: ReportWriter
    private let learningRate: Double
    private let epochs: Int
    private var meter = ProgressMeter()
    private let events: EventWriter
    private var lastReport: Instant?
    private var live: LiveReporter?

    /// The shortest time between reports during the run, so that they don't slow down short epochs.
    private static let reportInterval = Duration.seconds(30)

    /// - Parameter page: the live page, if one is open.
    init(
        _ run: PreparedRun, page: LivePageServer?, files: RunFileWriter, environment: RuntimeEnvironment
    ) {
        display = environment.display
        log = environment.logger
        wallClock = environment.wallClock
        learningRate = run.plan.learningRate
        epochs = run.plan.epochs
        live = page.map {
            LiveReporter(
                $0, name: (run.folder.path as NSString).lastPathComponent, display: environment.display)
        }
        events = EventWriter(
            EventFiles(
                directory: run.folder.path + "/" + EventFiles.folder,
                fileName: EventFiles.name(
                    startSeconds: wallClock(), host: environment.hostName,
                    processID: ProcessInfo.processInfo.processIdentifier),
                resumes: run.plan.resume),
            files: files, log: log)
        report = ReportWriter(
            path: run.folder.path + "/" + RunReport.fileName,
            model: run.folder.path + "/" + TrainedModel.fileName, classes: run.configuration.classes,
            decoding: DecodingOptions(
                pixelLimit: run.plan.pixelLimit, honorsExifOrientation: run.plan.honorsExifOrientation),
            base: run.reportBase, log: environment.logger)
    }

    /// Updates the display and the live page; `time` is since the process started.
    mutating func update(_ machine: CoordinatorMachine, at time: Instant) {
        let progress = machine.progress(now: time)
        guard progress.stage != .ended else { return }
        let seconds = time.sinceOrigin.inSeconds
        let snapshot = meter.snapshot(of: progress, atSeconds: seconds)
        display.update(snapshot, atSeconds: seconds)
        live?.update(machine, snapshot, at: time)
    }

    /// Publishes the results of an epoch.
    mutating func epochFinished(
        _ record: EpochRecord, machine: CoordinatorMachine, leftOut: [(path: String, reason: String)],
        at time: Instant
    ) {
        if display.showsProgress {
            display.epochEnded(record, epochs: epochs, atSeconds: time.sinceOrigin.inSeconds)
        } else {
            log.info("epoch \(record.epoch + 1) of \(epochs)", metadata: record.metadata)
        }
        events.append(
            EpochEvents(
                record: record, learningRate: learningRate,
                pictures: machine.trainingPictureCount + machine.scoredValidationCount,
                time: wallClock()))
        guard lastReport.map({ time - $0 >= Self.reportInterval }) ?? true else { return }
        lastReport = time
        write(nil, machine: machine, leftOut: leftOut, at: time)
    }

    /// Removes the progress bar.
    func clear() { display.clear() }

    /// Writes the final report, and closes the live page.
    mutating func close(
        _ end: RunEnd, machine: CoordinatorMachine, leftOut: [(path: String, reason: String)],
        at time: Instant
    ) {
        write(end, machine: machine, leftOut: leftOut, at: time)
        report.close()
        live?.close(machine, end: end, at: time)
    }

    /// A process that finished no epoch knows less than an existing report, so it leaves that alone.
    private func write(
        _ end: RunEnd?, machine: CoordinatorMachine, leftOut: [(path: String, reason: String)],
        at time: Instant
    ) {
        let history = machine.position.history
        guard let last = history.last, machine.trainingPictureCount > 0,
            last.validationLoss == nil || machine.scoredValidationCount > 0
        else { return }
        report.write(
            ReportMoment(
                end: end, history: history, trainingPictures: machine.trainingPictureCount,
                validation: machine.scoredValidation,
                workers: machine.workerStates(now: time).map(\.record),
                repeatedLines: machine.repeatedLines, leftOut: leftOut))
    }
}

extension EpochRecord {
    /// The measures under their names in `history.csv`.
    fileprivate var metadata: Logger.Metadata {
        var values: Logger.Metadata = [
            "epoch": .stringConvertible(epoch), "loss": .stringConvertible(loss),
            "accuracy": .stringConvertible(accuracy),
            "seconds": .stringConvertible(seconds),
        ]
        values["val_loss"] = validationLoss.map { .stringConvertible($0) }
        values["val_accuracy"] = validationAccuracy.map { .stringConvertible($0) }
        return values
    }
}
