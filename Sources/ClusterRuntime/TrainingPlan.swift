import Imaging
import TrainingProtocol
import VGGBackbone

/// Where the pictures come from that a run is judged by.
package enum ValidationSource: Sendable, Hashable {
    /// No validation.
    case none
    /// A folder of its own, with the same classes.
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
    /// The features and deltas whose product the gradient is.
    case factors
}

/// Everything that `headstart train` or `headstart coordinator` was asked to do: the input of the runtime,
/// and what `config.json` repeats a run from.
///
/// The properties under "What is computed" decide the model's bytes together with the pictures and the
/// weights; those under "How" may differ between the parts of a resumed run.
package struct TrainingPlan: Sendable, Equatable {
    // MARK: What is computed

    /// The folder whose folders are the classes.
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
    /// `nil` trains on every picture as it is.
    package var augmentation: AugmentationRanges? = AugmentationRanges()
    /// Draws for validation too, as Keras' recipe does.
    package var augmentsValidation = false
    /// Stops when the validation loss (the training loss without validation) has not fallen for so many
    /// epochs.
    package var earlyStoppingPatience: Int?
    /// Turns pictures as their EXIF orientation says.
    package var honorsExifOrientation = false
    /// Folders whose names begin with a dot are classes too.
    package var includesHiddenFolders = false
    package var allowsEmptyClasses = false
    /// Pictures with more pixels are left out.
    package var pixelLimit = DecodingOptions.standardPixelLimit

    // MARK: How

    /// The run folder.
    package var output: String
    /// Goes on with the run in `output` from its newest checkpoint.
    package var resume = false
    /// A picture that can't be read ends the run instead of being left out.
    package var strict = false
    /// Stops after this time, with a checkpoint, at the end of a step; `nil` for no bound.
    package var maxSeconds: Int?
    /// Where the live page listens, such as "127.0.0.1:7780"; `nil` for none. Never recorded: it must be said
    /// anew.
    package var dashboard: String?
    /// The time between two checkpoints within an epoch.
    package var checkpointSeconds = Int(ProtocolLimits().checkpointInterval.components.seconds)
    package var exchange: GradientExchange = .auto
    /// How many pictures beyond the current step may be leased ahead of their turn; `nil` for as many as
    /// occupy the workers, within the coordinator's memory.
    package var lookaheadPictures: Int?
    /// Nothing is leased before so many workers are there.
    package var minimumWorkers = 1
    /// The share of leases, 0 to 1, that two workers compute, to find one that computes wrongly.
    package var verifiedShare = 0.01
    /// The endpoint to bind, such as "tcp://0.0.0.0:7733"; `nil` for a loopback port of the system's choice.
    package var listenEndpoint: String?
    /// The folder of `server.key`, `token` and `authorized_keys`; `nil` takes the run's own. Where it is
    /// given, loopback is encrypted too.
    package var keyDirectory: String?
    /// Leaves an address unencrypted that other machines can reach. Never recorded: it must be said anew.
    package var isInsecure = false
    /// Worker processes that are started on this machine; `nil` for as many as help here, 0 to wait for
    /// others.
    package var localWorkers: Int?
    /// After the end, how long to wait for workers that are away, to tell them.
    package var lingerSeconds = 30
    /// `nil` shares the machine's cores among the local workers.
    package var threadsPerWorker: Int?
    /// Admits workers whose codecs or kernels gave other bits in the self-test, and says so in the run's
    /// record.
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
    // `resume`, `isInsecure` and `dashboard` are left out: they tell how this process began, not how to
    // repeat the run.
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
    /// line: none of them may change when a run is resumed. (`--epochs` may: it moves the end, not the way.)
    /// What paths lead to is not seen here: pictures and weights are compared by their digests.
    package func optionsThatChangeTheModel(from other: TrainingPlan) -> [String] {
        zip(modelOptions, other.modelOptions).filter { $0.value != $1.value }.map(\.0.name)
    }

    /// The options that decide the model's bits, with their values as text.
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
