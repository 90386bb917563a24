import ArgumentParser
import ClusterRuntime
import Foundation
import Imaging
import VGGBackbone

/// The options that `train` and `coordinator` share.
///
/// All are optional values, so that a resumed run keeps what its config.json says wherever nothing else is
/// asked for; the standard values are those of `TrainingPlan`.
struct TrainingOptions: ParsableArguments {
    @OptionGroup(title: "Data") var data: DataOptions
    @OptionGroup(title: "Network") var network: NetworkOptions
    @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions
    @OptionGroup(title: "Schedule") var schedule: ScheduleOptions
    @OptionGroup(title: "Run") var run: RunOptions

    /// What is asked for: the plan of the run that is resumed, or the recipe, changed where an option is
    /// given.
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
            "Keeps this share of every class for validation, such as 0.2; the same pictures on every machine.",
            valueName: "fraction"))
    var validationSplit: Double?

    @Flag(help: "Turns pictures as their EXIF orientation says. Keras doesn't.")
    var exif = false

    @Flag(help: "Takes folders whose names begin with a dot as classes too, as Keras does.")
    var hiddenFolders = false

    @Flag(help: "A class without pictures is a warning instead of an error, as in Keras.")
    var allowEmptyClasses = false

    @Flag(
        help: "A picture that can't be read is an error; otherwise it is left out and listed in problems.csv."
    )
    var strict = false

    @Option(
        help: .init(
            "Leaves out pictures with more pixels, also of predictions. (default: 178956970, as Pillow)",
            valueName: "pixels"))
    var pixelLimit: Int?

    func apply(to plan: inout TrainingPlan) throws {
        plan.trainDirectory = trainDirectory.absolutePath
        guard validation == nil || validationSplit == nil else {
            throw PlanError(
                option: "--validation-split", problem: "there is --validation already",
                remedy: "take one of the two")
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
            What is done to pixels: rescale (x / 255, the Keras recipe's), caffe (what ImageNet weights were trained \
            with), or torch. (default: rescale)
            """, valueName: "name"))
    var preprocess: Preprocessing?

    @Option(help: .init("The width of the dense layer. (default: 256)", valueName: "count"))
    var hiddenUnits: Int?

    func apply(to plan: inout TrainingPlan) throws {
        if let weights { plan.weights = try WeightsSource(option: weights).absolute }
        if let backbone { plan.architecture = backbone }
        if let preprocess { plan.preprocessing = preprocess }
        if let hiddenUnits { plan.hiddenUnits = hiddenUnits }
    }
}

/// What `--augment` takes.
enum AugmentationChoice: String, ExpressibleByArgument, CaseIterable {
    case keras
    case none
}

/// The recipe's augmentation and its ranges.
struct AugmentationOptions: ParsableArguments {
    @Option(
        help: .init(
            "keras draws shear, zoom and flip anew for every picture and epoch; none. (default: keras)",
            valueName: "kind"))
    var augment: AugmentationChoice?

    @OptionGroup var ranges: AugmentationRangeOptions

    /// The ranges that follow from `standard` and what was asked for.
    func ranges(from standard: AugmentationRanges?) throws(PlanError) -> AugmentationRanges? {
        let choice = augment ?? (standard == nil ? AugmentationChoice.none : .keras)
        if choice == AugmentationChoice.none {
            if let option = ranges.firstGiven {
                throw PlanError(
                    option: option, problem: "pictures aren't augmented",
                    remedy: "leave it out, or take --augment keras")
            }
            return nil
        }
        return ranges.applied(to: standard ?? AugmentationRanges())
    }
}

/// What augmentation draws from.
struct AugmentationRangeOptions: ParsableArguments {
    @Option(help: .init("Shear of at most so many degrees. (default: 0.2)", valueName: "degrees"))
    var shear: Double?

    @Option(
        help: .init("Zoom from 1 - share to 1 + share, in x and y apart. (default: 0.2)", valueName: "share"))
    var zoom: Double?

    @Flag(help: "Doesn't flip pictures.")
    var noFlip = false

    /// An option that was given, if any was.
    var firstGiven: String? {
        shear != nil ? "--shear" : zoom != nil ? "--zoom" : noFlip ? "--no-flip" : nil
    }

    /// `ranges` with what was given.
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

    @Option(help: .init("Pictures in a step. (default: 32)", valueName: "count"))
    var batchSize: Int?

    @Option(help: .init("Adam's learning rate. (default: 0.001)", valueName: "rate"))
    var learningRate: Double?

    @Option(
        help: .init(
            "Decides initial weights, order, draws and split; one seed gives one model. (default: 0)",
            valueName: "number"))
    var seed: UInt64?

    @Flag(help: "Augments validation pictures too, as the Keras recipe does.")
    var augmentValidation = false

    @Option(
        help: .init(
            "Stops when the validation loss has not fallen for so many epochs.", valueName: "epochs"))
    var earlyStopping: Int?

    @Option(help: .init("Stops after this time, with the state saved.", valueName: "seconds"))
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

/// The run folder and the way the work is done; none of these changes the model.
struct RunOptions: ParsableArguments {
    @Option(
        name: .customLong("out"),
        help: .init("The run folder to make; one that exists is never overwritten.", valueName: "dir"),
        completion: .directory)
    var output: String

    @Flag(
        help: "Goes on with the run in --out from its newest checkpoint; options not given stay as they were."
    )
    var resume = false

    @Flag(help: "As --resume if the run in --out was begun; for whatever starts the same command again.")
    var resumeIfBegun = false

    /// Whether there is a run to go on with.
    var goesOn: Bool {
        resume
            || resumeIfBegun
                && FileManager.default.fileExists(atPath: output + "/" + RunFolder.recordName)
    }

    @Option(
        help: .init("The time between two checkpoints within an epoch. (default: 60)", valueName: "seconds"))
    var checkpointSeconds: Int?

    @Option(
        help: .init(
            "How gradients travel: auto, gradients (dense) or factors. (default: auto)", valueName: "form"))
    var exchange: GradientExchange?

    @Option(
        help: .init(
            "Pictures that may be worked on ahead of their step. (default: what occupies the workers)",
            valueName: "pictures"))
    var lookahead: Int?

    @Option(
        help: .init("Nothing begins, or goes on, with fewer workers. (default: 1)", valueName: "count"))
    var minWorkers: Int?

    @Option(
        help: .init(
            "The share of the work that two workers do, whose answers must be the same. (default: 0.01)",
            valueName: "share"))
    var verifyShare: Double?

    @Option(
        help: .init(
            "Shows the run on a page at this address, such as 127.0.0.1:7780, with /metrics for Prometheus.",
            valueName: "HOST:PORT"))
    var dashboard: String?

    @Flag(help: "Admits workers whose self-test gave other bits; the run's record says so.")
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

/// The folder of what can be done without.
struct CacheFolderOptions: ParsableArguments {
    @Option(
        help: .init(
            "Keeps features, weights and fetched pictures here. (default: ~/.cache/headstart)",
            valueName: "dir"), completion: .directory)
    var cache: String?

    /// This process' environment, with the cache that was asked for.
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
        help: .init("What the cache may take, features included. (default: 12288)", valueName: "MiB"))
    var cacheSize: Int?

    @Option(
        help: .init(
            "The feature store's part of it; 0 does without the store. (default: a third)", valueName: "MiB"))
    var featureStore: Int?

    /// The bounds, where one was given.
    var given: CacheBounds? {
        guard cacheSize != nil || featureStore != nil else { return nil }
        return CacheBounds(total: cacheSize, features: featureStore)
    }
}

extension VGGArchitecture: ExpressibleByArgument {}
extension Preprocessing: ExpressibleByArgument {}
extension GradientExchange: ExpressibleByArgument {}
