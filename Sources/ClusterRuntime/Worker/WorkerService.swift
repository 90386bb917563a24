import ClassifierHead
import ContentAddressing
import ExactArithmetic
import Foundation
import Imaging
import TrainingProtocol
import VGGBackbone
import WireMessages

/// Commands to the worker's main work thread, which executes them in order.
enum WorkCommand: Sendable {
    case prepare(Welcome)
    case lease(Lease)
    case keepWeights(HeadWeights)
}

/// Reports from that thread.
enum WorkReport: Sendable {
    case prepared(slots: Int)
    case preparationFailed(reason: String)
    case finished(LeaseResult)
    case status(WorkerStatus)
    /// A message for the user.
    case note(String)
}

enum SessionError: Error, Equatable, CustomStringConvertible {
    case unknownName(String)
    case noCache(ContentDigest)
    case otherWeights(expected: ContentDigest, found: ContentDigest)

    var description: String {
        switch self {
        case .unknownName(let name): "this version does not know \(name); install the coordinator's version"
        case .noCache(let digest): "the weights \(digest) can't be kept; give a cache folder with space"
        case .otherWeights(let expected, let found):
            "the weights made here have the digest \(found) instead of \(expected); install the coordinator's version"
        }
    }
}

/// Executes leases: picture checks, features, evaluations and gradients. (A worker computes factor gradients
/// on another thread.) Confined to its thread, which may wait for content.
final class WorkerService {
    private let environment: RuntimeEnvironment
    private let threads: Int
    private let storeCapacityBytes: Int
    private let source: any ContentSource
    private let report: @Sendable (WorkReport) -> Void
    private var session: SessionConfiguration?
    private var pipeline: FeaturePipeline?
    private var recent = RecentFeatures()
    private var weights: (step: Int, parameters: HeadParameters)?
    private var checkFetchingSeconds = 0.0

    /// Leases held at a time: one being computed, and one waiting, so that it begins at once.
    private static let slots = 2

    init(
        threads: Int, storeCapacityBytes: Int, environment: RuntimeEnvironment, source: any ContentSource,
        report: @escaping @Sendable (WorkReport) -> Void
    ) {
        self.threads = threads
        self.storeCapacityBytes = storeCapacityBytes
        self.environment = environment
        self.source = source
        self.report = report
    }

    func handle(_ command: WorkCommand) {
        switch command {
        case .prepare(let welcome): prepare(welcome.session)
        case .keepWeights(let weights):
            guard let shape, let parameters = HeadParameters(weights, shape: shape) else { return }
            self.weights = (weights.step, parameters)
        case .lease(let lease):
            let start = ContinuousClock.now
            say("\(lease.id)")
            let before = pipeline?.times ?? LeaseTimes()
            checkFetchingSeconds = 0
            let outcome = answer(lease.work)
            let seconds = (ContinuousClock.now - start).inSeconds
            var times = (pipeline?.times ?? before).since(before)
            times.fetching += checkFetchingSeconds
            times.addRest(of: seconds, spentOn: lease.id.kind)
            report(.finished(LeaseResult(to: lease, seconds: seconds, times: times, outcome: outcome)))
            say("idle")
        }
    }

    private var shape: HeadShape? { try? session?.headShape() }

    private func say(_ activity: String) {
        report(
            .status(
                WorkerStatus(
                    picturesExtracted: pipeline?.extractedCount ?? 0,
                    picturesFromStore: pipeline?.storedCount ?? 0,
                    activity: activity)))
    }

    // MARK: Preparation

    private func prepare(_ new: SessionConfiguration) {
        do {
            try new.validate()
            if session != new || pipeline == nil {
                session = new
                weights = nil
                pipeline = nil
                pipeline = try makePipeline(new)
            }
            report(.prepared(slots: Self.slots))
        } catch {
            report(.preparationFailed(reason: "\(error)"))
        }
    }

    private func makePipeline(_ session: SessionConfiguration) throws -> FeaturePipeline {
        guard let architecture = VGGArchitecture(rawValue: session.backbone) else {
            throw SessionError.unknownName("the backbone \(session.backbone)")
        }
        guard let preprocessing = Preprocessing(rawValue: session.preprocessing) else {
            throw SessionError.unknownName("the preprocessing \(session.preprocessing)")
        }
        say("loading weights")
        return try FeaturePipeline.open(
            backbone: try backbone(session, architecture: architecture), preprocessing: preprocessing,
            honorsExifOrientation: session.honorsExifOrientation, pixelLimit: session.pixelLimit,
            threads: threads,
            storeCapacityBytes: storeCapacityBytes, environment: environment)
    }

    private func backbone(_ session: SessionConfiguration, architecture: VGGArchitecture) throws
        -> BackboneWeights
    {
        guard session.randomWeights.isEmpty else {
            guard case .random(let seed) = try WeightsSource(parsing: session.randomWeights) else {
                throw SessionError.unknownName("the weights \(session.randomWeights)")
            }
            let weights = BackboneWeights.random(seed: seed, architecture: architecture)
            guard weights.digest == session.weightsDigest else {
                throw SessionError.otherWeights(expected: session.weightsDigest, found: weights.digest)
            }
            return weights
        }
        let path = try source.weightsPath(
            of: session.weightsDigest, byteCount: session.weightsByteCount,
            onProgress: fetchingWeights(byteCount: session.weightsByteCount))
        return try BackboneWeights(safetensorsPath: path)
    }

    /// Reports the progress of the weights: every piece in the status, the first and the last in the log.
    private func fetchingWeights(byteCount: Int) -> (Int, Int) -> Void {
        var isFirst = true
        return { [self] done, before in
            say("fetching weights, \(done / 1_000_000) of \(byteCount / 1_000_000) MB")
            if isFirst {
                report(.note("fetching weights: \(before) of \(byteCount) bytes are here from before"))
            }
            if done == byteCount { report(.note("fetched weights: \(byteCount - before) bytes came")) }
            isFirst = false
        }
    }

    // MARK: Leases

    private func answer(_ work: Work) -> Outcome {
        guard let pipeline, let session else { return .failed(reason: "the worker is not prepared") }
        guard work.samples.allSatisfy(session.admits) else {
            return .failed(reason: "a sample is impossible")
        }
        switch work {
        case .check(let samples): return check(samples, session: session, on: pipeline.pictureThreads)
        case .extract(let samples, returnsFeatures: true):
            let results = pipeline.encodedFeatures(of: samples.map { task($0, session: session) })
            return collect(results, of: samples) { .extracted($0.map { Tensor($0) }) }
        case .extract(let samples, returnsFeatures: false):
            return collect(features(of: samples, session: session), of: samples) { _ in .extracted([]) }
        case .evaluate(let samples, let step): return evaluate(samples, step: step, session: session)
        case .denseGradient(let samples, let samplesInStep, let step):
            return denseGradient(samples, samplesInStep: samplesInStep, step: step, session: session)
        case .factorGradient(let work):
            return GradientService.answer(work, session: session, kernels: environment.kernels)
        }
    }

    private func task(_ sample: Sample, session: SessionConfiguration) -> PictureTask {
        let source = source
        let draw = sample.epoch.map { epoch in
            let ranges = session.augmentation
            return AffineDraw.draw(
                ranges: AugmentationRanges(
                    shearDegrees: ranges?.shearDegrees ?? 0, zoom: ranges?.zoom ?? 0,
                    horizontalFlip: ranges?.horizontalFlip ?? false),
                seed: session.seed, epoch: Int(epoch), imageIndex: Int(sample.index))
        }
        return PictureTask(digest: sample.picture, draw: draw) {
            try source.bytes(of: sample.picture, byteCount: sample.byteCount)
        }
    }

    private func collect<Value>(
        _ results: [Result<Value, PictureProblem>], of samples: [Sample], _ use: ([Value]) -> Outcome
    ) -> Outcome {
        var values: [Value] = []
        for (sample, result) in zip(samples, results) {
            switch result {
            case .success(let value): values.append(value)
            case .failure(let problem): return .failed(reason: "picture \(sample.picture): \(problem)")
            }
        }
        return use(values)
    }

    /// Which pictures can't be read, and why. A picture that can't be fetched fails the lease instead.
    private func check(
        _ samples: [Sample], session: SessionConfiguration, on threads: PictureThreads
    ) -> Outcome {
        let options = DecodingOptions(
            pixelLimit: session.pixelLimit, honorsExifOrientation: session.honorsExifOrientation)
        let (source, clock) = (source, ContinuousClock())
        let start = clock.now
        let pictures = threads.begin(samples) { sample in
            let began = clock.now
            var fetched = began
            let reason = Result {
                let bytes = try source.bytes(of: sample.picture, byteCount: sample.byteCount)
                return try threads.computing {
                    fetched = clock.now
                    return try Self.problem(of: bytes, options: options)
                }
            }
            return (
                reason: reason, fetching: (fetched - began).inSeconds, total: (clock.now - began).inSeconds
            )
        }.wait()
        // Pictures are fetched and decoded in parallel, so the lease's time is split in proportion to theirs.
        let (fetching, total) = pictures.reduce((0, 1e-9)) { ($0.0 + $1.fetching, $0.1 + $1.total) }
        checkFetchingSeconds += (clock.now - start).inSeconds * fetching / total
        do { return .checked(try pictures.map { try $0.reason.get() }) } catch {
            return .failed(reason: "\(error)")
        }
    }

    /// Why a picture can't be read; `nil` if it can. Throws for a fault of this machine, which says nothing
    /// about the picture.
    private static func problem(
        of bytes: [UInt8], options: DecodingOptions
    ) throws(ImageDecodingError) -> String? {
        do throws(ImageDecodingError) {
            _ = try ImageDecoder.decode(bytes, fittedTo: VGGArchitecture.inputSize, options: options)
            return nil
        } catch {
            if error.isFaultOfMachine { throw error }
            return "\(error)"
        }
    }

    /// Features from memory, or else from the pipeline.
    private func features(
        of samples: [Sample], session: SessionConfiguration
    ) -> [Result<SparseFeatures, PictureProblem>] {
        let missing = samples.filter { recent[$0] == nil }
        var failures: [Sample: PictureProblem] = [:]
        let results = pipeline?.features(of: missing.map { task($0, session: session) }) ?? []
        for (sample, result) in zip(missing, results) {
            switch result {
            case .success(let features): recent.keep(features, of: sample)
            case .failure(let problem): failures[sample] = problem
            }
        }
        return samples.map { sample in
            if let features = recent[sample] { return .success(features) }
            return .failure(failures[sample] ?? PictureProblem("it was given up"))
        }
    }

    private func evaluate(_ samples: [Sample], step: Int, session: SessionConfiguration) -> Outcome {
        guard let weights, weights.step == step else { return .failed(reason: "no weights of step \(step)") }
        return collect(features(of: samples, session: session), of: samples) { features in
            let scores = weights.parameters.scores(
                of: features, labels: samples.map(\.label), threads: threads, kernels: environment.kernels)
            return .evaluated(scores.map { SampleScore(loss: $0.loss, predicted: $0.predicted) })
        }
    }

    private func denseGradient(
        _ samples: [Sample], samplesInStep: Int, step: Int, session: SessionConfiguration
    ) -> Outcome {
        guard let weights, weights.step == step else { return .failed(reason: "no weights of step \(step)") }
        let shape = weights.parameters.shape
        return collect(features(of: samples, session: session), of: samples) { features in
            let sums = weights.parameters.preactivations(
                of: features, threads: threads, kernels: environment.kernels)
            let gradient = HeadChunk.gradient(
                preactivations: sums, labels: samples.map(\.label), samplesInStep: samplesInStep,
                outputLayers: weights.parameters.outputLayers, shape: shape, kernels: environment.kernels)
            let kernel = HeadChunk.denseKernelGradient(
                features: features, delta: gradient.delta, shape: shape, threads: threads,
                kernels: environment.kernels)
            return .denseGradient(
                kernel: Tensor(kernel, shape: [shape.featureCount, shape.hiddenUnits]),
                ChunkGradient(gradient, shape: shape))
        }
    }
}
