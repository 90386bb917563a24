import ClassifierHead
import ContentAddressing
import ExactArithmetic
import TrainingProtocol
import WireMessages

/// Commands to the head's thread, which executes them in order.
enum HeadCommand: Sendable {
    case keepFeatures(step: Int, samples: [Int], features: [SparseFeatures])
    case computePreactivations(StepSamples)
    case applyStep(StepUpdate, next: StepSamples?)
    case publishWeights(step: Int, digest: ContentDigest)
    case checkpoint(RunPosition)
    /// Reports the final head.
    case finish
}

/// Reports from the head's thread.
enum HeadReport: Sendable {
    case preactivationsReady(step: Int, chunks: [FactorGradientWork])
    case stepApplied(step: Int)
    case weightsReady(HeadWeights)
    case checkpointTaken(RunPosition, HeadSnapshot)
    case finished(HeadSnapshot)
}

/// Owns the head at the coordinator: weights, moments and the features of coming steps. Confined to its
/// thread.
final class HeadService {
    private let trainer: HeadTrainer
    private let shape: HeadShape
    private let kernels: KernelSet
    private let keepsFeatures: Bool
    private let report: @Sendable (HeadReport) -> Void
    /// Features by sample, for runs that keep them; else by step, then sample.
    private var kept: [Int: SparseFeatures] = [:]
    private var byStep: [Int: [Int: SparseFeatures]] = [:]
    /// The first layer's sums for the step whose gradients are being collected, and the layers behind it.
    private var sums: (step: Int, preactivations: [Float], outputLayers: OutputLayers)?

    /// - Parameter report: called on the head's thread.
    init(
        trainer: HeadTrainer, shape: HeadShape, kernels: KernelSet, keepsFeatures: Bool,
        report: @escaping @Sendable (HeadReport) -> Void
    ) {
        self.trainer = trainer
        self.shape = shape
        self.kernels = kernels
        self.keepsFeatures = keepsFeatures
        self.report = report
    }

    /// Starts the thread of a run's head.
    ///
    /// - Parameter report: called on that thread.
    static func start(
        _ run: PreparedRun, environment: RuntimeEnvironment, report: @escaping @Sendable (HeadReport) -> Void
    ) -> CommandQueue<HeadCommand> {
        let (snapshot, learningRate) = (run.head, Double(run.plan.learningRate))
        let keepsFeatures = run.configuration.keepsFeatures
        return CommandQueue(name: "head") {
            let trainer = HeadTrainer(
                restoring: snapshot, learningRate: learningRate, threads: environment.processorCount,
                kernels: environment.kernels)
            let service = HeadService(
                trainer: trainer, shape: snapshot.parameters.shape, kernels: environment.kernels,
                keepsFeatures: keepsFeatures, report: report)
            return { service.handle($0) }
        }
    }

    func handle(_ command: HeadCommand) {
        switch command {
        case .keepFeatures(let step, let samples, let features):
            for (sample, feature) in zip(samples, features) {
                if keepsFeatures {
                    kept[sample] = feature
                } else {
                    byStep[step, default: [:]][sample] = feature
                }
            }
        case .computePreactivations(let step):
            reportPreactivations(
                trainer.preactivations(of: features(of: step.samples, step: step.step)), of: step)
        case .applyStep(let update, let next): apply(update, next: next)
        case .publishWeights(let step, let digest):
            report(.weightsReady(weights(step: step, digest: digest)))
        case .checkpoint(let position): report(.checkpointTaken(position, trainer.snapshot()))
        case .finish: report(.finished(trainer.snapshot()))
        }
    }

    /// The state machine asks only for features that have arrived.
    private func features(of samples: [Int], step: Int) -> [SparseFeatures] {
        samples.map { sample in
            guard let features = keepsFeatures ? kept[sample] : byStep[step]?[sample] else {
                preconditionFailure("step \(step) was begun without the features of sample \(sample)")
            }
            return features
        }
    }

    private func apply(_ update: StepUpdate, next: StepSamples?) {
        var factors: [(features: [SparseFeatures], gradient: HeadChunkGradient)] = []
        var dense: [(kernelGradient: [Float], gradient: HeadChunkGradient)] = []
        var place = 0
        for chunk in update.chunks {
            switch chunk.outcome {
            case .factorGradient(let deltas):
                let features = features(of: chunk.samples, step: update.step)
                factors.append((features, gradient(of: deltas, step: update.step, place: place)))
                place += chunk.samples.count
            case .denseGradient(let kernel, let gradient):
                dense.append((kernel.floats, HeadChunkGradient(gradient, shape: shape)))
            case .checked, .extracted, .evaluated, .failed:
                preconditionFailure("step \(update.step) was given an answer that is no gradient")
            }
        }
        if dense.isEmpty {
            let sums = trainer.applyFactors(
                factors, next: next.map { features(of: $0.samples, step: $0.step) })
            byStep[update.step] = nil
            if let sums, let next { reportPreactivations(sums, of: next) }
        } else {
            trainer.applyDense(dense)
        }
        report(.stepApplied(step: update.step))
    }

    /// The gradient of a chunk whose samples begin at index `place` of the step.
    private func gradient(of deltas: FactorGradient, step: Int, place: Int) -> HeadChunkGradient {
        guard let sums, sums.step == step else {
            preconditionFailure("step \(step) was given gradients before its sums")
        }
        let first = place * shape.hiddenUnits
        let count = deltas.scores.count * shape.hiddenUnits
        return HeadChunk.gradient(
            of: HeadChunkDeltas(deltas), preactivations: Array(sums.preactivations[first..<first + count]),
            outputLayers: sums.outputLayers, shape: shape, kernels: kernels)
    }

    /// Splits a step's sums into chunks and reports them.
    private func reportPreactivations(_ sums: [Float], of step: StepSamples) {
        let layers = trainer.outputLayers
        self.sums = (step.step, sums, layers)
        let flattened = layers.flattened
        let outputLayers = Tensor(flattened, shape: [flattened.count])
        let count = step.samples.count
        let chunks = stride(from: 0, to: count, by: TrainingSchedule.chunkSize).map { first in
            let last = min(first + TrainingSchedule.chunkSize, count)
            return FactorGradientWork(
                labels: Array(step.labels[first..<last]), samplesInStep: count,
                preactivations: Tensor(
                    Array(sums[first * shape.hiddenUnits..<last * shape.hiddenUnits]),
                    shape: [last - first, shape.hiddenUnits]),
                outputLayers: outputLayers)
        }
        report(.preactivationsReady(step: step.step, chunks: chunks))
    }

    private func weights(step: Int, digest: ContentDigest) -> HeadWeights {
        let parameters = trainer.parameters
        let flattened = parameters.outputLayers.flattened
        return HeadWeights(
            step: step, digest: digest,
            // Sent to every worker, so one copy here saves many later.
            kernel: Tensor(
                element: .float32, shape: [shape.featureCount, shape.hiddenUnits],
                bytes: FrameBytes(parameters.kernel).owned()),
            outputLayers: Tensor(flattened, shape: [flattened.count]))
    }
}

extension HeadChunkDeltas {
    /// Converts from the wire; the shapes were checked when the answer arrived.
    init(_ gradient: FactorGradient) {
        self.init(
            delta: gradient.delta.floats, outputDelta: gradient.outputDelta.floats,
            losses: gradient.scores.map(\.loss), predictions: gradient.scores.map(\.predicted))
    }
}

extension HeadChunkGradient {
    /// Converts from the wire; the shapes were checked when the answer arrived.
    init(_ gradient: ChunkGradient, shape: HeadShape) {
        let output = gradient.outputGradient.floats
        let kernelCount = shape.hiddenUnits * shape.classCount
        self.init(
            delta: gradient.delta.floats, outputKernelGradient: Array(output[..<kernelCount]),
            outputBiasGradient: Array(output[kernelCount...]), losses: gradient.scores.map(\.loss),
            predictions: gradient.scores.map(\.predicted))
    }
}
