import ClassifierHead
import ContentAddressing
import DatasetScanning
import Logging
import TrainingProtocol

/// A run that is ready to begin: pictures scanned, weights found, folder locked, position known.
struct PreparedRun {
    let plan: TrainingPlan
    let folder: RunFolder
    let record: RunRecord
    let configuration: CoordinatorConfiguration
    let position: RunPosition
    let head: HeadSnapshot
    let backboneDigest: ContentDigest
    /// The paths of the run's content, for workers that lack it.
    let content: [ContentDigest: String]
    /// The flat weight file, for workers on this machine; `nil` for random weights.
    let weightsFile: String?
    let verdicts: VerdictMemory
    /// Pictures whose files could not even be opened.
    let unreadable: [(path: String, reason: String)]

    /// - Parameter progress: shows the progress of the scan, and may stop it.
    init(
        _ plan: TrainingPlan, folder: RunFolder, environment: RuntimeEnvironment, progress: ScanProgress
    ) throws {
        self.plan = plan
        self.folder = folder
        let log = environment.logger
        if plan.resume { try RunFolder.end(of: folder.path)?.requireHope(for: plan) }
        let inputs = try RunInputs(plan, environment: environment, progress: progress)
        verdicts = VerdictMemory(
            directory: environment.cacheDirectory + "/verdicts", pixelLimit: plan.pixelLimit, log: log)
        if plan.resume {
            record = try inputs.record(of: plan, continuing: folder.record())
            try folder.writeClassIndices(record.classes)
        } else {
            record = inputs.record(of: plan)
        }
        unreadable = inputs.manifests.flatMap { manifest in
            manifest.unreadable.map { (manifest.root + "/" + $0.relativePath, "\($0.error)") }
        }
        if plan.strict, let first = unreadable.first {
            throw PreparationError.unreadable(path: first.path, reason: first.reason)
        }
        (position, head) = try Self.state(folder, record: record, shape: inputs.shape, plan: plan, log: log)
        try Self.check(plan, continues: position)
        var configuration = inputs.configuration(of: plan, run: record.run, verdicts: verdicts)
        configuration.process = environment.wallClock().bitPattern
        configuration.readable = record.readablePictures.flatMap { ContentDigest(hex: $0) }
        self.configuration = configuration
        backboneDigest = inputs.weights.tensorDigest
        weightsFile = inputs.weights.path
        var content: [ContentDigest: String] = [:]
        for picture in configuration.training + configuration.validation {
            content[picture.digest] = picture.name
        }
        if let path = weightsFile { content[inputs.weights.contentDigest] = path }
        self.content = content
        try folder.removeEnd()
    }

    /// Throws if the plan has fewer epochs than the run has begun; it may have more than before.
    private static func check(_ plan: TrainingPlan, continues position: RunPosition) throws(PlanError) {
        let begun = position.history.count + (position.epochScores.samples > 0 ? 1 : 0)
        guard plan.epochs >= begun else {
            throw PlanError(
                option: "--epochs", problem: "the run is in epoch \(begun) already",
                remedy: "give at least \(begun), or leave the option out")
        }
    }

    /// The state to go on from: the newest good checkpoint, or the beginning if there is none yet. Throws if
    /// none of the existing ones can be used.
    private static func state(
        _ folder: RunFolder, record: RunRecord, shape: HeadShape, plan: TrainingPlan, log: Logger
    ) throws -> (RunPosition, HeadSnapshot) {
        let (checkpoint, skipped) = folder.checkpoints(run: record.run).newest()
        for problem in skipped { log.warning("passed over a checkpoint: \(problem)") }
        if let checkpoint {
            guard checkpoint.head.parameters.shape == shape else {
                throw RunFolderError.unreadableRecord(
                    path: folder.path, reason: "its checkpoint has another head")
            }
            log.notice(
                "resuming at step \(checkpoint.position.step + 1), epoch \(checkpoint.position.history.count + 1)"
            )
            return (checkpoint.position, checkpoint.head)
        }
        guard skipped.isEmpty else { throw RunFolderError.noCheckpoint(path: folder.path, skipped: skipped) }
        return (RunPosition(), HeadSnapshot(initial: .initial(shape: shape, seed: plan.seed)))
    }
}
