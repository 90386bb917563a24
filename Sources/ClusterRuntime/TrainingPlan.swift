import Imaging
import TrainingProtocol
import VGGBackbone

/// Where a run's validation pictures come from.
package enum ValidationSource: Sendable, Hashable {
    case none
    /// A separate folder with the same classes.
    case folder(String)
    /// A share of every class of the training folder, between 0 and 1.
    case split(Double)
}

/// How a step's gradient travels from the workers to the coordinator.
package enum GradientExchange: String, Sendable, Hashable, CaseIterable, Codable {
    /// The cheaper of the two for the run's shapes.
    case auto
    /// The dense gradient of the whole head.
    case gradients
    /// The features and deltas whose product is the gradient.
    case factors
}

/// The options of `headstart train` and `headstart coordinator`: the input of the runtime, recorded in
/// `config.json` so that a run can be repeated.
///
/// The properties under "What is computed" determine the model's bytes together with the pictures and the
/// weights; those under "How" may change when a run is resumed.
package struct TrainingPlan: Sendable, Equatable {
    // MARK: What is computed

    /// The folder whose subfolders are the classes.
    package var trainDirectory: String
    package var validation: ValidationSource = .none
    package var weights: WeightsSource = .imagenet
    package var architecture: VGGArchitecture = .vgg16
    package var preprocessing: Preprocessing = .rescale
    package var hiddenUnits = 256
    package var epochs = 10
    package var batchSize = 32
    package var learningRate = 0.001
    package var seed: UInt64 = 0
    /// `nil` trains without augmentation.
    package var augmentation: AugmentationRanges? = AugmentationRanges()
    /// Augments validation pictures too, as Keras' recipe does.
    package var augmentsValidation = false
    /// Stops when the validation loss (the training loss without validation) has not fallen for this many
    /// epochs.
    package var earlyStoppingPatience: Int?
    /// Applies the EXIF orientation of pictures.
    package var honorsExifOrientation = false
    /// Folders whose names begin with a dot are classes too.
    package var includesHiddenFolders = false
    package var allowsEmptyClasses = false
    /// Pictures with more pixels are left out.
    package var pixelLimit = DecodingOptions.standardPixelLimit

    // MARK: How

    /// The run folder.
    package var output: String
    /// Resumes the run in `output` from its newest checkpoint.
    package var resume = false
    /// A picture that can't be read ends the run instead of being left out.
    package var strict = false
    /// Stops after this time, with a checkpoint, at the end of a step; `nil` for no limit.
    package var maxSeconds: Int?
    /// Where the live page listens, such as "127.0.0.1:7780"; `nil` for none. Not recorded: it must be given
    /// each time.
    package var dashboard: String?
    /// The time between two checkpoints within an epoch.
    package var checkpointSeconds = Int(ProtocolLimits().checkpointInterval.components.seconds)
    package var exchange: GradientExchange = .auto
    /// How many pictures beyond the current step may be leased ahead of their turn; `nil` for as many as keep
    /// the workers busy, within the coordinator's memory.
    package var lookaheadPictures: Int?
    /// No lease is given before this many workers have joined.
    package var minimumWorkers = 1
    /// The share of leases, 0 to 1, that two workers compute, to find workers that compute wrongly.
    package var verifiedShare = 0.01
    /// The endpoint to bind, such as "tcp://0.0.0.0:7733"; `nil` if only the coordinator's own workers come,
    /// to a Unix socket or, where there can be none, to a loopback port.
    package var listenEndpoint: String?
    /// The folder of `server.key`, `token` and `authorized_keys`; `nil` for the run folder.
    package var keyDirectory: String?
    /// Turns off encryption and keys. Not recorded: it must be given each time.
    package var isInsecure = false
    /// Worker processes to start on this machine; `nil` for as many as help here, 0 to wait for others.
    package var localWorkers: Int?
    /// How many seconds to wait after the end for workers that are away, to tell them.
    package var lingerSeconds = 30
    /// `nil` shares the machine's cores among the local workers.
    package var threadsPerWorker: Int?
    /// Admits workers whose codecs or kernels gave other bits in the self-test; recorded in `config.json`.
    package var allowsDifferentArithmetic = false
    /// `nil` takes the cache folder of the environment.
    package var cacheDirectory: String?
    package var cacheBounds = CacheBounds()

    /// A plan with the recipe's values; change them and call `validate()`.
    package init(trainDirectory: String, output: String) {
        self.trainDirectory = trainDirectory
        self.output = output
    }
}

extension TrainingPlan: Codable {
    // `resume`, `isInsecure`, `dashboard` and `lingerSeconds` are left out: they concern this process, not
    // how to repeat the run.
    private enum CodingKeys: String, CodingKey {
        case trainDirectory, validation, weights, preprocessing, hiddenUnits, epochs, batchSize, learningRate,
            seed
        case architecture = "backbone"
        case augmentation, augmentsValidation, earlyStoppingPatience, honorsExifOrientation
        case includesHiddenFolders, allowsEmptyClasses, pixelLimit
        case output, strict, maxSeconds, checkpointSeconds, exchange, lookaheadPictures, minimumWorkers,
            verifiedShare, listenEndpoint, keyDirectory
        case localWorkers, threadsPerWorker, allowsDifferentArithmetic, cacheDirectory,
            cacheBounds
    }

    /// The options by which the two plans would train different models, as they are written on the command
    /// line: none of them may change when a run is resumed. (`--epochs` may: it only moves the end.) Paths
    /// are not compared here: pictures and weights are compared by their digests.
    package func optionsThatChangeTheModel(from other: TrainingPlan) -> [String] {
        zip(modelOptions, other.modelOptions).filter { $0.value != $1.value }.map(\.0.name)
    }

    /// The options that determine the model's bits, with their values as text.
    var modelOptions: [(name: String, value: String)] {
        [
            ("--validation", "\(validationWithoutPath)"), ("--backbone", "\(architecture)"),
            ("--preprocess", "\(preprocessing)"), ("--hidden-units", "\(hiddenUnits)"),
            ("--batch-size", "\(batchSize)"), ("--learning-rate", "\(learningRate)"), ("--seed", "\(seed)"),
            ("--augment", augmentation.map { "\($0)" } ?? "none"),
            ("--augment-validation", "\(augmentsValidation)"), ("--exif", "\(honorsExifOrientation)"),
            ("--hidden-folders", "\(includesHiddenFolders)"),
            ("--allow-empty-classes", "\(allowsEmptyClasses)"), ("--pixel-limit", "\(pixelLimit)"),
        ]
    }

    private var validationWithoutPath: ValidationSource {
        if case .folder = validation { .folder("") } else { validation }
    }
}
