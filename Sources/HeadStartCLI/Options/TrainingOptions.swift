import ArgumentParser
import ClusterRuntime
import Foundation
import Imaging
import VGGBackbone

/// The options that `train`, `coordinator` and `run` share.
///
/// All are optional, so that a resumed run keeps the values in its config.json unless an option is given; the
/// defaults are those of `TrainingPlan`.
struct TrainingOptions: ParsableArguments {
    @OptionGroup(title: "Data") var data: DataOptions
    @OptionGroup(title: "Network") var network: NetworkOptions
    @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions
    @OptionGroup(title: "Schedule") var schedule: ScheduleOptions
    @OptionGroup(title: "Run") var run: RunOptions

    /// The plan of the run to resume, or the default recipe, with the given options applied.
    func plan() throws -> TrainingPlan {
        var plan =
            run.goesOn
            ? try TrainingPlan(recordedIn: run.output)
            : TrainingPlan(trainDirectory: data.trainDirectory, output: run.output)
        try data.apply(to: &plan)
        try network.apply(to: &plan)
        plan.augmentation = try augmentation.ranges(from: plan.augmentation)
        schedule.apply(to: &plan)
        run.apply(to: &plan)
        return plan
    }
}

/// Which pictures, and how they are read.
struct DataOptions: ParsableArguments {
    @Argument(help: "The folder of training pictures; each folder in it is a class.", completion: .directory)
    var trainDirectory: String

    @Option(
        help: .init("A folder of validation pictures, with the same classes.", valueName: "dir"),
        completion: .directory)
    var validation: String?

    @Option(
        help: .init(
            "Holds out this share of each class for validation, such as 0.2; the same pictures on every machine.",
            valueName: "fraction"))
    var validationSplit: Double?

    @Flag(help: "Applies each picture's EXIF orientation, which Keras ignores.")
    var exif = false

    @Flag(help: "Treats folders whose names begin with a dot as classes too, as Keras does.")
    var hiddenFolders = false

    @Flag(help: "Makes a class without pictures a warning instead of an error, as in Keras.")
    var allowEmptyClasses = false

    @Flag(
        help:
            "Fails on a picture that can't be read, instead of leaving it out and listing it in problems.csv."
    )
    var strict = false

    @Option(
        help: .init(
            "Leaves out pictures with more pixels than this, also in predictions. (default: 178956970, as in Pillow)",
            valueName: "pixels"))
    var pixelLimit: Int?

    func apply(to plan: inout TrainingPlan) throws {
        plan.trainDirectory = trainDirectory.absolutePath
        guard validation == nil || validationSplit == nil else {
            throw PlanError(
                option: "--validation-split", problem: "it can't be combined with --validation",
                remedy: "give one of the two")
        }
        if let validation { plan.validation = .folder(validation.absolutePath) }
        if let validationSplit { plan.validation = .split(validationSplit) }
        if exif { plan.honorsExifOrientation = true }
        if hiddenFolders { plan.includesHiddenFolders = true }
        if allowEmptyClasses { plan.allowsEmptyClasses = true }
        if strict { plan.strict = true }
        if let pixelLimit { plan.pixelLimit = pixelLimit }
    }
}

/// The network: backbone and head.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: .init(
            "The backbone's weights: imagenet, random:SEED, or a .h5 or .safetensors file. (default: imagenet)",
            valueName: "weights"), completion: .file(extensions: ["h5", "safetensors"]))
    var weights: String?

    @Option(help: .init("The network. (default: vgg16)", valueName: "name"))
    var backbone: VGGArchitecture?

    @Option(
        help: .init(
            """
            How pixels are preprocessed: rescale (x / 255, as in the Keras recipe), caffe (as the ImageNet \
            weights were trained), or torch. (default: rescale)
            """, valueName: "name"))
    var preprocess: Preprocessing?

    @Option(help: .init("Units in the hidden dense layer. (default: 256)", valueName: "count"))
    var hiddenUnits: Int?

    func apply(to plan: inout TrainingPlan) throws {
        if let weights { plan.weights = try WeightsSource(option: weights).absolute }
        if let backbone { plan.architecture = backbone }
        if let preprocess { plan.preprocessing = preprocess }
        if let hiddenUnits { plan.hiddenUnits = hiddenUnits }
    }
}

/// The values of `--augment`.
enum AugmentationChoice: String, ExpressibleByArgument, CaseIterable {
    case keras
    case none
}

/// The recipe's augmentation and its ranges.
struct AugmentationOptions: ParsableArguments {
    @Option(
        help: .init(
            "keras (a new random shear, zoom and flip for every picture in every epoch) or none. (default: keras)",
            valueName: "kind"))
    var augment: AugmentationChoice?

    @OptionGroup var ranges: AugmentationRangeOptions

    /// `standard` with the given options applied; `nil` for no augmentation.
    func ranges(from standard: AugmentationRanges?) throws(PlanError) -> AugmentationRanges? {
        let choice = augment ?? (standard == nil ? AugmentationChoice.none : .keras)
        if choice == AugmentationChoice.none {
            if let option = ranges.firstGiven {
                throw PlanError(
                    option: option, problem: "pictures aren't augmented",
                    remedy: "leave it out, or give --augment keras")
            }
            return nil
        }
        return ranges.applied(to: standard ?? AugmentationRanges())
    }
}

/// The ranges that augmentation draws from.
struct AugmentationRangeOptions: ParsableArguments {
    @Option(help: .init("The largest shear. (default: 0.2)", valueName: "degrees"))
    var shear: Double?

    @Option(
        help: .init(
            "Zooms by 1 - share to 1 + share, independently in x and y. (default: 0.2)", valueName: "share"))
    var zoom: Double?

    @Flag(help: "Doesn't flip pictures horizontally.")
    var noFlip = false

    /// The first option that was given; `nil` if none was.
    var firstGiven: String? {
        shear != nil ? "--shear" : zoom != nil ? "--zoom" : noFlip ? "--no-flip" : nil
    }

    /// `ranges` with the given options applied.
    func applied(to ranges: AugmentationRanges) -> AugmentationRanges {
        var ranges = ranges
        if let shear { ranges.shearDegrees = shear }
        if let zoom { ranges.zoom = zoom }
        if noFlip { ranges.horizontalFlip = false }
        return ranges
    }
}

/// How the head is trained.
struct ScheduleOptions: ParsableArguments {
    @Option(help: .init("Passes over the training pictures. (default: 10)", valueName: "count"))
    var epochs: Int?

    @Option(help: .init("Pictures per step. (default: 32)", valueName: "count"))
    var batchSize: Int?

    @Option(help: .init("Adam's learning rate. (default: 0.001)", valueName: "rate"))
    var learningRate: Double?

    @Option(
        help: .init(
            "Decides initial weights, order, augmentation and split; the same seed gives the same model. (default: 0)",
            valueName: "number"))
    var seed: UInt64?

    @Flag(help: "Augments validation pictures too, as the Keras recipe does.")
    var augmentValidation = false

    @Option(
        help: .init(
            "Stops when the validation loss has not fallen for this many epochs.", valueName: "epochs"))
    var earlyStopping: Int?

    @Option(help: .init("Saves the state and stops after this time.", valueName: "seconds"))
    var maxSeconds: Int?

    func apply(to plan: inout TrainingPlan) {
        if let epochs { plan.epochs = epochs }
        if let batchSize { plan.batchSize = batchSize }
        if let learningRate { plan.learningRate = learningRate }
        if let seed { plan.seed = seed }
        if augmentValidation { plan.augmentsValidation = true }
        if let earlyStopping { plan.earlyStoppingPatience = earlyStopping }
        if let maxSeconds { plan.maxSeconds = maxSeconds }
    }
}

/// The run folder and how the work is done; none of these options changes the model.
struct RunOptions: ParsableArguments {
    @Option(
        name: .customLong("out"),
        help: .init("The run folder to create; an existing one is never overwritten.", valueName: "dir"),
        completion: .directory)
    var output: String

    @Flag(
        help: "Continues the run in --out from its newest checkpoint; options not given keep their values."
    )
    var resume = false

    @Flag(
        help:
            "Resumes the run in --out if it was begun, else begins it; for services and jobs that are restarted."
    )
    var resumeIfBegun = false

    /// Whether an existing run is to be resumed.
    var goesOn: Bool {
        resume
            || resumeIfBegun
                && FileManager.default.fileExists(atPath: output + "/" + RunFolder.recordName)
    }

    @Option(
        help: .init("The time between checkpoints within an epoch. (default: 60)", valueName: "seconds"))
    var checkpointSeconds: Int?

    @Option(
        help: .init(
            "How workers send gradients: gradients (dense), factors, or auto, the smaller. (default: auto)",
            valueName: "form"))
    var exchange: GradientExchange?

    @Option(
        help: .init(
            "Pictures to process ahead of the current step. (default: enough to keep the workers busy)",
            valueName: "pictures"))
    var lookahead: Int?

    @Option(
        help: .init("Waits while fewer workers than this have joined. (default: 1)", valueName: "count"))
    var minWorkers: Int?

    @Option(
        help: .init(
            "The share of leases given to two workers, whose answers must be identical. (default: 0.01)",
            valueName: "share"))
    var verifyShare: Double?

    @Option(
        help: .init(
            "Serves a live page of the run at this address, such as 127.0.0.1:7780, with /metrics for Prometheus.",
            valueName: "HOST:PORT"))
    var dashboard: String?

    @Flag(help: "Admits workers whose self-test gave different bits, and records this in config.json.")
    var allowDifferentArithmetic = false

    @OptionGroup var cache: CacheOptions

    func apply(to plan: inout TrainingPlan) {
        plan.output = output.absolutePath
        plan.resume = goesOn
        plan.dashboard = dashboard
        if let checkpointSeconds { plan.checkpointSeconds = checkpointSeconds }
        if let exchange { plan.exchange = exchange }
        if let lookahead { plan.lookaheadPictures = lookahead }
        if let minWorkers { plan.minimumWorkers = minWorkers }
        if let verifyShare { plan.verifiedShare = verifyShare }
        if allowDifferentArithmetic { plan.allowsDifferentArithmetic = true }
        if let directory = cache.folder.cache { plan.cacheDirectory = directory.absolutePath }
        if let bounds = cache.given { plan.cacheBounds = bounds }
    }
}

/// The cache folder, whose content can be recomputed or fetched again.
struct CacheFolderOptions: ParsableArguments {
    @Option(
        help: .init(
            "The folder for features, weights and fetched pictures. (default: ~/.cache/headstart)",
            valueName: "dir"), completion: .directory)
    var cache: String?

    /// This process' environment, with the chosen cache.
    func environment() throws -> RuntimeEnvironment {
        var environment = try RuntimeEnvironment.current()
        if let cache { environment.cacheDirectory = cache }
        return environment
    }
}

/// The cache and its bounds.
struct CacheOptions: ParsableArguments {
    @OptionGroup var folder: CacheFolderOptions

    @Option(
        help: .init("The cache's size limit, features included. (default: 12288)", valueName: "MiB"))
    var cacheSize: Int?

    @Option(
        help: .init(
            "The feature store's part of it; 0 turns the store off. (default: a third)", valueName: "MiB"))
    var featureStore: Int?

    /// The cache's bounds; `nil` if neither option was given.
    var given: CacheBounds? {
        guard cacheSize != nil || featureStore != nil else { return nil }
        return CacheBounds(total: cacheSize, features: featureStore)
    }
}

extension VGGArchitecture: ExpressibleByArgument {}
extension Preprocessing: ExpressibleByArgument {}
extension GradientExchange: ExpressibleByArgument {}
