import ContentAddressing

/// The protocol version. A worker with another version is refused with a message that names both.
package let protocolVersion: UInt32 = 3

/// A run's identity: the first 16 bytes, as hexadecimal text, of a digest of everything that decides its
/// result.
package typealias RunID = String

package enum WorkerMessage: Sendable {
    /// The first message, repeated until it is answered.
    case hello(Hello)
    /// The worker is prepared. It works on `slots` leases at a time, not counting gradients; twice as many
    /// may wait.
    case ready(slots: Int)
    case result(LeaseResult)
    case contentRequest(ContentRequest)
    /// A sign of life with the worker's status.
    case heartbeat(WorkerStatus)
    /// The worker is leaving, so its leases are free.
    case leaving(reason: String)
}

package enum CoordinatorMessage: Sendable {
    case welcome(Welcome)
    /// The worker can't take part; `reason` says why and what to do. It must not try again.
    case refused(reason: String)
    case lease(Lease)
    /// The head's weights at one step; always sent before the leases that name them.
    case weights(HeadWeights)
    case contentPiece(ContentPiece)
    /// Answers a heartbeat, so that a worker can tell a dead coordinator from an idle one.
    case heartbeat
    /// The run is over, or the coordinator is going away; `final` tells whether the worker should leave for
    /// good.
    case goodbye(reason: String, final: Bool)
    /// Answers messages that come before the run is ready: a sign of life, but no welcome yet.
    case preparing(Preparing)
}

/// How far a run is whose pictures are still being read.
package struct Preparing: Sendable, Equatable {
    package var picturesRead: Int
    /// The number found so far.
    package var pictures: Int

    package init(picturesRead: Int, pictures: Int) {
        self.picturesRead = picturesRead
        self.pictures = pictures
    }
}

package struct Hello: Sendable, Equatable {
    package var protocolVersion: UInt32
    /// Chosen at random by the worker process; the same across its reconnections.
    package var workerID: String
    package var host: String
    package var processID: Int32
    package var threads: Int
    /// The kernels in use, such as "avx512".
    package var kernels: String
    /// The digest of the arithmetic self-test of codecs and kernels.
    package var arithmetic: ContentDigest
    /// The run that the worker served before it was disconnected; empty at first.
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

/// What a worker must know of the run.
package struct Welcome: Sendable, Equatable {
    package var run: RunID
    /// A small number for people: "worker 3".
    package var workerNumber: Int
    /// Time between the worker's heartbeats.
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
    /// "random:SEED", or empty if `weightsDigest` names a file that is available as content.
    package var randomWeights: String
    /// The digest of the flat weight file, or of the tensors if the weights are random.
    package var weightsDigest: ContentDigest
    /// The length of the flat weight file; 0 for random weights.
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

/// The ranges that Keras' `ImageDataGenerator` draws from.
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

/// One picture of a lease.
package struct Sample: Sendable, Hashable {
    /// The digest of the picture's bytes.
    package var picture: ContentDigest
    package var byteCount: Int
    /// The index that keys augmentation draws.
    package var index: UInt32
    /// The epoch whose draw is used; `nil` for the picture without augmentation.
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

/// The kind of work of a lease, in the order of urgency, most urgent last.
package enum LeaseKind: UInt8, Sendable, Hashable, CaseIterable {
    /// Decode pictures and report those that can't be read.
    case check = 1
    /// Compute features.
    case extract = 2
    /// Compute losses and predictions of validation pictures.
    case evaluate = 3
    /// Compute a chunk's part of a step's gradient.
    case gradient = 4
}

/// The name of a piece of work, by which any answer to it is recognised, no matter which worker computed it.
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

package struct Lease: Sendable {
    package var id: LeaseID
    package var run: RunID
    /// Names the weights that the answer depends on: the head's for gradients and evaluations; otherwise the
    /// backbone's, together with the pictures. The answer repeats it.
    package var weights: ContentDigest
    /// How often the worker has tried it before. The answer repeats it, so that an answer that arrives twice
    /// doesn't count as a second attempt.
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

package enum Work: Sendable {
    case check([Sample])
    /// Compute the samples' features; they are sent if `returnsFeatures`, otherwise kept for the gradient.
    case extract([Sample], returnsFeatures: Bool)
    /// The factor form: the lease brings the first layer's sums before the bias (samples x hidden, float32)
    /// and the small layers' weights.
    case factorGradient(FactorGradientWork)
    /// The dense form: the gradient of all layers, from the weights of `weightsStep`, which are sent before.
    case denseGradient([Sample], samplesInStep: Int, weightsStep: Int)
    case evaluate([Sample], weightsStep: Int)
}

extension Work {
    /// The step of the weights that the work needs; `nil` if it needs none.
    package var weightsStep: Int? {
        switch self {
        case .denseGradient(_, _, let step), .evaluate(_, let step): step
        case .check, .extract, .factorGradient: nil
        }
    }
}

/// What a worker needs for a chunk's gradient after the coordinator has computed the first layer's product.
package struct FactorGradientWork: Sendable {
    package var labels: [Int]
    package var samplesInStep: Int
    /// The first layer's sums before the bias (samples x hidden), float32.
    package var preactivations: Tensor
    /// Bias of the first layer, then kernel (hidden x classes) and bias of the second, float32.
    package var outputLayers: Tensor

    package init(labels: [Int], samplesInStep: Int, preactivations: Tensor, outputLayers: Tensor) {
        self.labels = labels
        self.samplesInStep = samplesInStep
        self.preactivations = preactivations
        self.outputLayers = outputLayers
    }
}

package struct HeadWeights: Sendable {
    /// The number of updates behind these weights.
    package var step: Int
    /// First kernel (inputs x hidden), float32.
    package var kernel: Tensor
    /// As in `FactorGradientWork`.
    package var outputLayers: Tensor
    /// The name by which leases refer to these weights.
    package var digest: ContentDigest

    package init(step: Int, digest: ContentDigest, kernel: Tensor, outputLayers: Tensor) {
        self.step = step
        self.digest = digest
        self.kernel = kernel
        self.outputLayers = outputLayers
    }
}

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

/// Zeros that a coordinator serves as content to every worker that it has answered, whether it joined or was
/// refused, to measure the network.
package enum Yardstick {
    /// The digest of the name, not of the content: there is nothing to verify.
    package static let digest = ContentDigest(hashing: "headstart yardstick".utf8)
    package static let byteCount = 8 << 20
}

/// A piece of content, or the reply that it isn't available.
package struct ContentPiece: Sendable {
    package var digest: ContentDigest
    package var offset: Int
    /// The length of the whole content; 0 if the coordinator doesn't have it.
    package var totalByteCount: Int
    package var bytes: FrameBytes

    package init(digest: ContentDigest, offset: Int, totalByteCount: Int, bytes: FrameBytes) {
        self.digest = digest
        self.offset = offset
        self.totalByteCount = totalByteCount
        self.bytes = bytes
    }
}

package struct WorkerStatus: Sendable, Hashable {
    /// Pictures whose features were computed since the start, and those found in the feature store.
    package var picturesExtracted: Int
    package var picturesFromStore: Int
    /// For people, such as "extracting step 3" or "fetching weights, 31 of 58 MB".
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
