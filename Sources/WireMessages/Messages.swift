import ContentAddressing

/// The version both ends must share; a worker with another is refused with both numbers named.
package let protocolVersion: UInt32 = 3

/// A run's identity: 16 random bytes as hexadecimal text, made when the run folder is.
package typealias RunID = String

/// What a worker says to the coordinator.
package enum WorkerMessage: Sendable {
    /// The first message, repeated until it is answered.
    case hello(Hello)
    /// Everything needed is at hand; leases may come, at most `slots` at a time.
    case ready(slots: Int)
    /// The outcome of a lease.
    case result(LeaseResult)
    /// Asks for a piece of content by digest.
    case contentRequest(ContentRequest)
    /// Says only that the worker lives, and what it does.
    case heartbeat(WorkerStatus)
    /// The worker goes; its leases are free.
    case leaving(reason: String)
}

/// What the coordinator says to a worker.
package enum CoordinatorMessage: Sendable {
    case welcome(Welcome)
    /// The worker can't take part; `reason` says why and what to do. It must not try again.
    case refused(reason: String)
    case lease(Lease)
    /// The head's weights of one step, needed by leases that name their version; always sent before those.
    case weights(HeadWeights)
    case contentPiece(ContentPiece)
    /// Answers a heartbeat, so that a worker can tell a silent coordinator from an idle one.
    case heartbeat
    /// The run is over, or the coordinator goes; `final` tells whether a worker should leave for good.
    case goodbye(reason: String, final: Bool)
    /// Answers whatever comes before the run is ready: a sign of life, no welcome yet.
    case preparing(Preparing)
}

/// How far a run that isn't ready yet is.
package struct Preparing: Sendable, Equatable {
    package var picturesRead: Int
    /// Those found so far.
    package var pictures: Int

    package init(picturesRead: Int, pictures: Int) {
        self.picturesRead = picturesRead
        self.pictures = pictures
    }
}

/// Who a worker is and what it computes with.
package struct Hello: Sendable, Equatable {
    package var protocolVersion: UInt32
    /// Chosen at random by the worker process; the same across its reconnections.
    package var workerID: String
    package var host: String
    package var processID: Int32
    package var threads: Int
    /// The kernels in use, such as "avx512".
    package var kernels: String
    /// The digest of the arithmetic self-test: codecs and kernels.
    package var arithmetic: ContentDigest
    /// The run the worker served before it was disconnected; empty at first.
    package var resumingRun: RunID

    package init(
        protocolVersion: UInt32, workerID: String, host: String, processID: Int32, threads: Int,
        kernels: String,
        arithmetic: ContentDigest, resumingRun: RunID = ""
    ) {
        self.protocolVersion = protocolVersion
        self.workerID = workerID
        self.host = host
        self.processID = processID
        self.threads = threads
        self.kernels = kernels
        self.arithmetic = arithmetic
        self.resumingRun = resumingRun
    }
}

/// The run as a worker needs to know it.
package struct Welcome: Sendable, Equatable {
    package var run: RunID
    /// A small number for people: "worker 3".
    package var workerNumber: Int
    /// How often a worker says how it is, by a heartbeat.
    package var heartbeatMilliseconds: Int
    package var session: SessionConfiguration

    package init(run: RunID, workerNumber: Int, heartbeatMilliseconds: Int, session: SessionConfiguration) {
        self.run = run
        self.workerNumber = workerNumber
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.session = session
    }
}

/// What every worker of a run computes, and from what.
package struct SessionConfiguration: Sendable, Equatable {
    package var seed: UInt64
    /// "vgg16" or "vgg19".
    package var backbone: String
    /// "random:SEED", or empty where `weightsDigest` names a file to be had as content.
    package var randomWeights: String
    /// The digest of the flat weight file; of the tensors for random weights.
    package var weightsDigest: ContentDigest
    /// The flat weight file's length; 0 for random weights.
    package var weightsByteCount: Int
    /// "rescale", "caffe" or "torch".
    package var preprocessing: String
    package var honorsExifOrientation: Bool
    /// Pictures with more pixels are refused.
    package var pixelLimit: Int
    package var augmentation: Augmentation?
    package var hiddenUnits: Int
    package var classCount: Int

    package init(
        seed: UInt64, backbone: String, randomWeights: String, weightsDigest: ContentDigest,
        weightsByteCount: Int,
        preprocessing: String, honorsExifOrientation: Bool, pixelLimit: Int, augmentation: Augmentation?,
        hiddenUnits: Int, classCount: Int
    ) {
        self.seed = seed
        self.backbone = backbone
        self.randomWeights = randomWeights
        self.weightsDigest = weightsDigest
        self.weightsByteCount = weightsByteCount
        self.preprocessing = preprocessing
        self.honorsExifOrientation = honorsExifOrientation
        self.pixelLimit = pixelLimit
        self.augmentation = augmentation
        self.hiddenUnits = hiddenUnits
        self.classCount = classCount
    }
}

/// The ranges that `ImageDataGenerator` draws from.
package struct Augmentation: Sendable, Equatable {
    /// Shear in degrees, drawn from -shear to shear.
    package var shearDegrees: Double
    /// Zoom in x and y, each drawn from 1 - zoom to 1 + zoom.
    package var zoom: Double
    package var horizontalFlip: Bool

    package init(shearDegrees: Double, zoom: Double, horizontalFlip: Bool) {
        self.shearDegrees = shearDegrees
        self.zoom = zoom
        self.horizontalFlip = horizontalFlip
    }
}

/// One picture as a worker is asked for it.
package struct Sample: Sendable, Hashable {
    /// The picture's bytes.
    package var picture: ContentDigest
    package var byteCount: Int
    /// The index that augmentation draws are keyed by.
    package var index: UInt32
    /// The epoch whose draw is used; `nil` for the picture as it is.
    package var epoch: UInt32?
    package var label: Int

    package init(picture: ContentDigest, byteCount: Int, index: UInt32, epoch: UInt32?, label: Int) {
        self.picture = picture
        self.byteCount = byteCount
        self.index = index
        self.epoch = epoch
        self.label = label
    }
}

/// What a lease is for. The order is the order of urgency, most urgent last.
package enum LeaseKind: UInt8, Sendable, Hashable, CaseIterable {
    /// Decode pictures and say which can't be.
    case check = 1
    /// Compute features.
    case extract = 2
    /// Losses and predictions of validation pictures.
    case evaluate = 3
    /// A chunk's share of a step's gradient.
    case gradient = 4
}

/// A piece of work, named so that any answer to it can be recognised: who computed it does not matter.
package struct LeaseID: Sendable, Hashable, CustomStringConvertible {
    package var kind: LeaseKind
    /// The step since the run's start; the epoch for `evaluate`; 0 for `check`.
    package var step: Int
    package var chunk: Int

    package init(kind: LeaseKind, step: Int, chunk: Int) {
        self.kind = kind
        self.step = step
        self.chunk = chunk
    }

    package var description: String { "\(kind) \(step)/\(chunk)" }
}

/// A lease: its name, its run, the weights it is computed from, and the work.
package struct Lease: Sendable {
    package var id: LeaseID
    package var run: RunID
    /// Names the weights that the answer depends on: the head's for gradients and evaluations, the
    /// backbone's, with the pictures, for the rest. The answer repeats it.
    package var weights: ContentDigest
    /// How often the worker has tried it before. The answer repeats it, so that one that arrives twice does
    /// not pass for a second try.
    package var attempt: Int
    package var work: Work

    package init(id: LeaseID, run: RunID, weights: ContentDigest, attempt: Int = 0, work: Work) {
        self.id = id
        self.run = run
        self.weights = weights
        self.attempt = attempt
        self.work = work
    }
}

/// The work of a lease.
package enum Work: Sendable {
    case check([Sample])
    /// Features of the samples; with `returnsFeatures` they are sent, otherwise kept for the gradient.
    case extract([Sample], returnsFeatures: Bool)
    /// The factor form: first-layer sums before the bias (samples x hidden, float32) come with the lease,
    /// and the small layers' weights.
    case factorGradient(FactorGradientWork)
    /// The dense form: the gradient of everything, with the weights of `step` broadcast before.
    case denseGradient([Sample], samplesInStep: Int, weightsStep: Int)
    case evaluate([Sample], weightsStep: Int)
}

extension Work {
    /// The step of the weights that the work needs; `nil` where it needs none.
    package var weightsStep: Int? {
        switch self {
        case .denseGradient(_, _, let step), .evaluate(_, let step): step
        case .check, .extract, .factorGradient: nil
        }
    }
}

/// What a worker needs for a chunk's gradient when the coordinator has done the first layer's product.
package struct FactorGradientWork: Sendable {
    package var labels: [Int]
    package var samplesInStep: Int
    /// (samples, hidden units), float32, before the bias.
    package var preactivations: Tensor
    /// Bias of the first layer, kernel (hidden x classes) and bias of the second, one after the other,
    /// float32.
    package var outputLayers: Tensor

    package init(labels: [Int], samplesInStep: Int, preactivations: Tensor, outputLayers: Tensor) {
        self.labels = labels
        self.samplesInStep = samplesInStep
        self.preactivations = preactivations
        self.outputLayers = outputLayers
    }
}

/// The whole head at one step.
package struct HeadWeights: Sendable {
    /// The number of updates behind these weights.
    package var step: Int
    /// First kernel (inputs x hidden), float32.
    package var kernel: Tensor
    /// As in `FactorGradientWork`.
    package var outputLayers: Tensor
    /// The name by which leases ask for these weights.
    package var digest: ContentDigest

    package init(step: Int, digest: ContentDigest, kernel: Tensor, outputLayers: Tensor) {
        self.step = step
        self.digest = digest
        self.kernel = kernel
        self.outputLayers = outputLayers
    }
}

/// One sample's loss and predicted class.
package struct SampleScore: Sendable, Hashable {
    package var loss: Float
    package var predicted: Int

    package init(loss: Float, predicted: Int) {
        self.loss = loss
        self.predicted = predicted
    }
}

/// Asks for `length` bytes at `offset` of some content.
package struct ContentRequest: Sendable, Hashable {
    package var digest: ContentDigest
    package var offset: Int
    package var length: Int

    package init(digest: ContentDigest, offset: Int, length: Int) {
        self.digest = digest
        self.offset = offset
        self.length = length
    }
}

/// Content that every coordinator serves to whom it has answered, joined or refused: zeros, to measure the
/// way by.
package enum Yardstick {
    /// Of its name: there is nothing to verify.
    package static let digest = ContentDigest(hashing: "headstart yardstick".utf8)
    package static let byteCount = 8 << 20
}

/// A piece of content, or word that it is not to be had.
package struct ContentPiece: Sendable {
    package var digest: ContentDigest
    package var offset: Int
    /// The content's whole length; 0 when it is unknown here.
    package var totalByteCount: Int
    package var bytes: FrameBytes

    package init(digest: ContentDigest, offset: Int, totalByteCount: Int, bytes: FrameBytes) {
        self.digest = digest
        self.offset = offset
        self.totalByteCount = totalByteCount
        self.bytes = bytes
    }
}

/// What a worker is doing, for people.
package struct WorkerStatus: Sendable, Hashable {
    /// Pictures whose features were computed since the start, and those found in the feature store.
    package var picturesExtracted: Int
    package var picturesFromStore: Int
    /// Such as "extracting step 3" or "fetching weights, 31 of 58 MB".
    package var activity: String
    /// Leases that it has and has not answered: gradients, and all others.
    package var gradientsOpen: Int
    package var leasesOpen: Int

    package init(
        picturesExtracted: Int, picturesFromStore: Int, activity: String, gradientsOpen: Int = 0,
        leasesOpen: Int = 0
    ) {
        self.picturesExtracted = picturesExtracted
        self.picturesFromStore = picturesFromStore
        self.activity = activity
        self.gradientsOpen = gradientsOpen
        self.leasesOpen = leasesOpen
    }
}
