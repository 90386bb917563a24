import ClassifierHead
import ContentAddressing
import DatasetScanning
import Logging
import TrainingProtocol
import VGGBackbone
import WireMessages

/// Why a run can't begin, besides the errors of its parts.
package enum PreparationError: Error, Equatable, CustomStringConvertible {
    case otherClasses(path: String, unknown: [String])
    case noValidation(path: String)
    /// The split leaves the class without training pictures.
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

/// A run's inputs: pictures, weights, this machine's arithmetic, and the shapes that follow.
struct RunInputs {
    let training: DatasetManifest
    let validation: DatasetManifest?
    let weights: RunWeights
    let arithmetic: ContentDigest
    let shape: HeadShape
    let exchange: Exchange

    /// Scans the folders and finds the weights; `progress` shows the scan's progress and may stop it.
    init(_ plan: TrainingPlan, environment: RuntimeEnvironment, progress: ScanProgress) throws {
        let log = environment.logger
        let digests = FileDigests(
            directory: environment.digestDirectory, now: environment.wallClock)
        (training, validation) = try Self.pictures(plan, digests: digests, progress: progress, log: log)
        weights = try RunWeights(plan.weights, architecture: plan.architecture, environment: environment)
        if weights.path != nil, plan.preprocessing == .rescale { log.notice("\(Self.caffeHint)") }
        arithmetic = try ArithmeticFingerprint.digest(kernels: environment.kernels)
        shape = HeadShape(
            featureCount: VGGArchitecture.featureCount, hiddenUnits: plan.hiddenUnits,
            classCount: training.classes.count)
        exchange = Self.exchange(plan, shape: shape, log: log)
    }

    var manifests: [DatasetManifest] { [training] + [validation].compactMap { $0 } }

    private static let caffeHint =
        "preprocessing is rescale, as in Keras' recipe; ImageNet weights were trained with caffe, and "
        + "--preprocess caffe usually gives better accuracy"

    // MARK: The record

    /// The record of a new run.
    ///
    /// Its name is a digest of everything that determines its bits: a coordinator that was killed before it
    /// saved anything begins the same run again, and its workers go on.
    func record(of plan: TrainingPlan) -> RunRecord {
        let options = plan.modelOptions.map { "\($0.name) \($0.value)" }
        let inputs = [
            training.digest.hex, validation?.digest.hex ?? "", weights.tensorDigest.hex, arithmetic.hex,
        ]
        let text = (options + inputs).joined(separator: "\n")
        return RunRecord(
            run: String(ContentDigest(hashing: Array(text.utf8)).hex.prefix(32)), plan: plan,
            classes: training.classes, trainingPictures: training.digest.hex,
            validationPictures: validation?.digest.hex, weights: weights.tensorDigest.hex,
            arithmetic: arithmetic.hex, exchange: exchange)
    }

    /// The record of a run that is resumed with `plan`; throws if that would change its bits.
    func record(of plan: TrainingPlan, continuing old: RunRecord) throws(RunFolderError) -> RunRecord {
        let changed = plan.optionsThatChangeTheModel(from: old.plan)
        guard changed.isEmpty else { throw .otherOptions(path: plan.output, options: changed) }
        guard old.trainingPictures == training.digest.hex, old.validationPictures == validation?.digest.hex
        else { throw .otherPictures(path: plan.output) }
        guard old.arithmetic == arithmetic.hex || plan.allowsDifferentArithmetic else {
            throw .otherArithmetic(path: plan.output)
        }
        guard old.weights == weights.tensorDigest.hex else { throw .otherWeights(path: plan.output) }
        var current = old
        current.plan = plan
        return current
    }

    // MARK: The configuration

    /// The most pictures whose features are kept. Each takes up to 100 KB; all stay below 1 GB with the zeros
    /// that ImageNet weights give, and below 1.7 GB in any case.
    private static let keptFeaturesAtMost = 16_384

    func configuration(
        of plan: TrainingPlan, run: String, verdicts: VerdictMemory
    ) -> CoordinatorConfiguration {
        func pictures(_ manifest: DatasetManifest) -> [RunPicture] {
            manifest.pictures.map { picture in
                RunPicture(
                    name: manifest.root + "/" + picture.relativePath, digest: picture.digest,
                    byteCount: picture.byteCount, label: picture.classIndex, verdict: verdicts[picture.digest]
                )
            }
        }
        var configuration = CoordinatorConfiguration(
            run: run, session: session(of: plan), training: pictures(training),
            validation: validation.map(pictures) ?? [], classes: training.classes, batchSize: plan.batchSize,
            epochs: plan.epochs, exchange: exchange, augmentsValidation: plan.augmentsValidation,
            isStrict: plan.strict, allowsEmptyClasses: plan.allowsEmptyClasses,
            allowsDifferentArithmetic: plan.allowsDifferentArithmetic, arithmetic: arithmetic,
            keepsFeatures: plan.augmentation == nil && exchange == .factors
                && training.pictures.count <= Self.keptFeaturesAtMost,
            earlyStoppingPatience: plan.earlyStoppingPatience ?? 0,
            maximumSeconds: plan.maxSeconds.map(Double.init))
        configuration.minimumWorkers = plan.minimumWorkers
        configuration.verifiedShare = plan.verifiedShare
        // If no answers are compared, a worker's first ones aren't either.
        configuration.provesWorkers = plan.verifiedShare > 0
        configuration.limits.lookaheadPictures = plan.lookaheadPictures
        configuration.limits.checkpointInterval = .seconds(plan.checkpointSeconds)
        return configuration
    }

    /// The session as every worker is told.
    private func session(of plan: TrainingPlan) -> SessionConfiguration {
        SessionConfiguration(
            seed: plan.seed, backbone: plan.architecture.rawValue, randomWeights: weights.randomText,
            weightsDigest: weights.contentDigest, weightsByteCount: weights.byteCount,
            preprocessing: plan.preprocessing.rawValue, honorsExifOrientation: plan.honorsExifOrientation,
            pixelLimit: plan.pixelLimit,
            augmentation: plan.augmentation.map {
                Augmentation(shearDegrees: $0.shearDegrees, zoom: $0.zoom, horizontalFlip: $0.horizontalFlip)
            }, hiddenUnits: plan.hiddenUnits, classCount: training.classes.count)
    }

    // MARK: Pictures and exchange

    private static func pictures(
        _ plan: TrainingPlan, digests: FileDigests, progress: ScanProgress, log: Logger
    ) throws -> (training: DatasetManifest, validation: DatasetManifest?) {
        var options = ScanOptions()
        options.includesHiddenFolders = plan.includesHiddenFolders
        options.allowsEmptyClasses = plan.allowsEmptyClasses
        let all = try DatasetScanner.scan(
            plan.trainDirectory, options: options, digests: digests, progress: progress)
        for note in all.notes { log.warning("\(plan.trainDirectory)/\(note)") }
        switch plan.validation {
        case .none: return (all, nil)
        case .split(let fraction):
            let (training, validation) = all.splitting(validationFraction: fraction, seed: plan.seed)
            guard !training.pictures.isEmpty, !validation.pictures.isEmpty else {
                throw PreparationError.noValidation(path: plan.trainDirectory)
            }
            // Copies of a picture stay on one side of the split, so a class may lose all its pictures to
            // validation.
            let emptied = training.emptyClasses.filter { !all.emptyClasses.contains($0) }
            for name in emptied.map({ all.classes[$0] }) {
                guard plan.allowsEmptyClasses else {
                    throw PreparationError.emptiedClass(path: plan.trainDirectory, name: name)
                }
                log.warning("\(plan.trainDirectory)/\(name): the split leaves this class nothing to train on")
            }
            return (training, validation)
        case .folder(let path):
            // Validation may lack a class of the training pictures, but not have others.
            options.allowsEmptyClasses = true
            options.minimumClasses = 1
            let scanned = try DatasetScanner.scan(
                path, options: options, digests: digests, progress: progress)
            for note in scanned.notes { log.warning("\(path)/\(note)") }
            // By bytes: `String` considers composed and decomposed letters equal, the file system doesn't.
            let unknown = scanned.classes.filter { name in
                !all.classes.contains { $0.utf8.elementsEqual(name.utf8) }
            }
            guard unknown.isEmpty else { throw PreparationError.otherClasses(path: path, unknown: unknown) }
            return (all, scanned.relabelled(to: all.classes))
        }
    }

    /// The exchange that moves fewer bytes per step, by the sizes of its tensors.
    private static func exchange(_ plan: TrainingPlan, shape: HeadShape, log: Logger) -> Exchange {
        switch plan.exchange {
        case .gradients: return .gradients
        case .factors: return .factors
        case .auto:
            func cost(_ exchange: Exchange) -> Int {
                // No zeros and one worker: the case in which factors save the least.
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
}
