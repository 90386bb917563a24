import ClassifierHead
import ContentAddressing
import DatasetScanning
import Foundation
import Imaging
import Logging
import ModelFiles
import TrainingProtocol
import VGGBackbone
import WireMessages

/// Why a run can't begin, beside what the parts themselves say.
package enum PreparationError: Error, Equatable, CustomStringConvertible {
    case otherClasses(path: String, unknown: [String])
    case noValidation(path: String)
    /// The training side of a split has nothing of the class.
    case emptiedClass(path: String, name: String)
    case unreadable(path: String, reason: String)

    package var description: String {
        switch self {
        case .otherClasses(let path, let unknown):
            "\(path): its classes \(unknown.joined(separator: ", ")) are not among the training classes; "
                + "rename or remove these folders"
        case .noValidation(let path):
            "\(path): no picture is left for training or validation; give more pictures or another --validation-split"
        case .emptiedClass(let path, let name):
            "\(path): the split leaves class \(name) no picture to train on, since copies of its pictures lie in "
                + "classes before it; remove the copies, take another --validation-split or --seed, or allow it "
                + "with --allow-empty-classes"
        case .unreadable(let path, let reason):
            "\(path) can't be read: \(reason); mend or remove it, or leave out --strict"
        }
    }
}

/// A run as it stands before its first message: pictures scanned, weights found, folder locked, position
/// known.
struct PreparedRun {
    let plan: TrainingPlan
    let folder: RunFolder
    let record: RunRecord
    let configuration: CoordinatorConfiguration
    let position: RunPosition
    let head: HeadSnapshot
    let backboneDigest: ContentDigest
    /// Where the run's content lies, for workers that lack it.
    let content: [ContentDigest: String]
    /// The flat weight file, for workers on this machine; `nil` for random weights.
    let weightsFile: String?
    let verdicts: VerdictMemory
    /// Pictures whose files could not even be opened.
    let unreadable: [(path: String, reason: String)]

    init(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws {
        self.plan = plan
        let log = environment.logger
        folder = try RunFolder(path: plan.output, resume: plan.resume)
        let (training, validation) = try Self.pictures(plan, log: log)
        let weights = try RunWeights(plan.weights, architecture: plan.architecture, environment: environment)
        if weights.path != nil, plan.preprocessing == .rescale {
            log.notice("\(Self.caffeHint)")
        }
        let arithmetic = try ArithmeticFingerprint.digest(kernels: environment.kernels)
        verdicts = VerdictMemory(
            directory: environment.cacheDirectory + "/verdicts", pixelLimit: plan.pixelLimit)

        let shape = HeadShape(
            featureCount: VGGArchitecture.featureCount, hiddenUnits: plan.hiddenUnits,
            classCount: training.classes.count)
        let exchange = Self.exchange(plan, shape: shape, log: log)
        if plan.resume {
            let old = try folder.record()
            let changed = plan.optionsThatChangeTheModel(from: old.plan)
            guard changed.isEmpty else {
                throw RunFolderError.otherOptions(path: plan.output, options: changed)
            }
            guard old.trainingPictures == training.digest.hex,
                old.validationPictures == validation?.digest.hex
            else {
                throw RunFolderError.otherPictures(path: plan.output)
            }
            guard old.arithmetic == arithmetic.hex || plan.allowsDifferentArithmetic else {
                throw RunFolderError.otherArithmetic(path: plan.output)
            }
            guard old.weights == weights.tensorDigest.hex else {
                throw RunFolderError.otherWeights(path: plan.output)
            }
            var current = old
            current.plan = plan
            record = current
            try folder.writeClassIndices(old.classes)
        } else {
            record = RunRecord(
                run: Self.runID(
                    plan,
                    inputs: [
                        training.digest.hex, validation?.digest.hex ?? "", weights.tensorDigest.hex,
                        arithmetic.hex,
                    ]), plan: plan, classes: training.classes,
                trainingPictures: training.digest.hex,
                validationPictures: validation?.digest.hex, weights: weights.tensorDigest.hex,
                arithmetic: arithmetic.hex, exchange: exchange)
        }
        unreadable = ([training] + [validation].compactMap { $0 }).flatMap { manifest in
            manifest.unreadable.map { (manifest.root + "/" + $0.relativePath, "\($0.error)") }
        }
        if plan.strict, let first = unreadable.first {
            throw PreparationError.unreadable(path: first.path, reason: first.reason)
        }
        (position, head) = try Self.state(folder, record: record, shape: shape, plan: plan, log: log)
        try Self.check(plan, continues: position)

        let verdicts = verdicts
        func runPictures(_ manifest: DatasetManifest) -> [RunPicture] {
            manifest.pictures.map { picture in
                RunPicture(
                    name: manifest.root + "/" + picture.relativePath, digest: picture.digest,
                    byteCount: picture.byteCount, label: picture.classIndex, verdict: verdicts[picture.digest]
                )
            }
        }
        let session = SessionConfiguration(
            seed: plan.seed, backbone: plan.architecture.rawValue, randomWeights: weights.randomText,
            weightsDigest: weights.contentDigest, weightsByteCount: weights.byteCount,
            preprocessing: plan.preprocessing.rawValue, honorsExifOrientation: plan.honorsExifOrientation,
            pixelLimit: plan.pixelLimit,
            augmentation: plan.augmentation.map {
                Augmentation(shearDegrees: $0.shearDegrees, zoom: $0.zoom, horizontalFlip: $0.horizontalFlip)
            }, hiddenUnits: plan.hiddenUnits, classCount: training.classes.count)
        var configuration = CoordinatorConfiguration(
            run: record.run, session: session, training: runPictures(training),
            validation: validation.map(runPictures) ?? [], classes: training.classes,
            batchSize: plan.batchSize,
            epochs: plan.epochs, exchange: exchange, augmentsValidation: plan.augmentsValidation,
            isStrict: plan.strict, allowsEmptyClasses: plan.allowsEmptyClasses,
            allowsDifferentArithmetic: plan.allowsDifferentArithmetic, arithmetic: arithmetic,
            keepsFeatures: plan.augmentation == nil && exchange == .factors
                && training.pictures.count <= Self.keptFeaturesAtMost,
            earlyStoppingPatience: plan.earlyStoppingPatience ?? 0,
            maximumSeconds: plan.maxSeconds.map(Double.init))
        configuration.minimumWorkers = plan.minimumWorkers
        configuration.verifiedShare = plan.verifiedShare
        configuration.limits.lookaheadPictures = plan.lookaheadPictures
        configuration.limits.checkpointInterval = .seconds(plan.checkpointSeconds)
        self.configuration = configuration
        backboneDigest = weights.tensorDigest
        weightsFile = weights.path
        var content: [ContentDigest: String] = [:]
        for picture in configuration.training + configuration.validation {
            content[picture.digest] = picture.name
        }
        if let path = weights.path { content[weights.contentDigest] = path }
        self.content = content
    }

    private static let caffeHint =
        "preprocessing is rescale, as in Keras' recipe; ImageNet weights were trained with caffe, and "
        + "--preprocess caffe usually gives better accuracy"

    /// Kept features take up to 100 KB each; this many stay below 1 GB at the zeros that ImageNet weights
    /// give, and below 1.7 GB in any case.
    private static let keptFeaturesAtMost = 16_384

    /// A run is named by what decides its bits: a coordinator that was killed before anything of the run was
    /// kept begins the same one again, and its workers go on.
    private static func runID(_ plan: TrainingPlan, inputs: [String]) -> String {
        let options = plan.modelOptions.map { "\($0.name) \($0.value)" }
        let text = (options + inputs).joined(separator: "\n")
        return String(ContentDigest(hashing: Array(text.utf8)).hex.prefix(32))
    }

    private static func pictures(
        _ plan: TrainingPlan, log: Logger
    ) throws -> (training: DatasetManifest, validation: DatasetManifest?) {
        var options = ScanOptions()
        options.includesHiddenFolders = plan.includesHiddenFolders
        options.allowsEmptyClasses = plan.allowsEmptyClasses
        let all = try DatasetScanner.scan(plan.trainDirectory, options: options, progress: nil)
        for note in all.notes { log.warning("\(plan.trainDirectory)/\(note)") }
        switch plan.validation {
        case .none: return (all, nil)
        case .split(let fraction):
            let (training, validation) = all.splitting(validationFraction: fraction, seed: plan.seed)
            guard !training.pictures.isEmpty, !validation.pictures.isEmpty else {
                throw PreparationError.noValidation(path: plan.trainDirectory)
            }
            // Copies stay together: a class may lose all its pictures to the side its copies are on.
            let emptied = training.emptyClasses.filter { !all.emptyClasses.contains($0) }
            for name in emptied.map({ all.classes[$0] }) {
                guard plan.allowsEmptyClasses else {
                    throw PreparationError.emptiedClass(path: plan.trainDirectory, name: name)
                }
                log.warning("\(plan.trainDirectory)/\(name): the split leaves this class nothing to train on")
            }
            return (training, validation)
        case .folder(let path):
            // A class that validation lacks is no fault; one that training lacks is.
            options.allowsEmptyClasses = true
            options.minimumClasses = 1
            let scanned = try DatasetScanner.scan(path, options: options, progress: nil)
            for note in scanned.notes { log.warning("\(path)/\(note)") }
            // By bytes: `String` holds composed and decomposed letters for equal, folders don't.
            let unknown = scanned.classes.filter { name in
                !all.classes.contains { $0.utf8.elementsEqual(name.utf8) }
            }
            guard unknown.isEmpty else { throw PreparationError.otherClasses(path: path, unknown: unknown) }
            return (all, scanned.relabelled(to: all.classes))
        }
    }

    /// The exchange that moves fewer bytes a step, by the sizes of its tensors.
    private static func exchange(_ plan: TrainingPlan, shape: HeadShape, log: Logger) -> Exchange {
        switch plan.exchange {
        case .gradients: return .gradients
        case .factors: return .factors
        case .auto:
            func cost(_ exchange: Exchange) -> Int {
                // Without a zero, and one worker: the case in which factors save the least.
                ExchangeCost(
                    exchange, batchSize: plan.batchSize, featureCount: shape.featureCount,
                    hiddenUnits: shape.hiddenUnits, classCount: shape.classCount, zeros: 0, workers: 1
                ).bytes
            }
            let (factors, dense) = (cost(.factors), cost(.gradients))
            let choice = factors <= dense ? Exchange.factors : .gradients
            let megabytes = [factors, dense].sorted().map { ($0 + 500_000) / 1_000_000 }
            log.info(
                "exchange: \(choice.rawValue), at most \(megabytes[0]) MB a step instead of \(megabytes[1])")
            return choice
        }
    }

    /// A run can be given more epochs than it had, but not fewer than it has begun.
    private static func check(_ plan: TrainingPlan, continues position: RunPosition) throws(PlanError) {
        let begun = position.history.count + (position.epochScores.samples > 0 ? 1 : 0)
        guard plan.epochs >= begun else {
            throw PlanError(
                option: "--epochs", problem: "the run is in epoch \(begun) already",
                remedy: "give at least \(begun), or leave the option out")
        }
    }

    /// Where to go on: at the newest good checkpoint, or at the beginning if there was none yet.
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
