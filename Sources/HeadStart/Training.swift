import ClusterRuntime
import Foundation
import Imaging
import VGGBackbone

/// A training run: folders of pictures to a classifier, as `headstart train` does it.
///
/// Set what differs from the recipe, then `run`. The same pictures, weights and values give the same
/// `model.safetensors`, byte for byte, whether a program or the command trained it.
///
/// ```swift
/// var training = Training(pictures: "photos/train", runFolder: "runs/first")
/// training.validation = .folder("photos/val")
/// let result = try await training.run { line in print(line) }
/// ```
public struct Training: Sendable {
    /// Where the pictures come from that a run is judged by.
    public enum Validation: Sendable, Hashable {
        /// No validation.
        case none
        /// A folder of its own, with the same classes.
        case folder(String)
        /// A share of every class of the training folder, between 0 and 1.
        case split(Double)
    }

    /// The folder whose folders are the classes.
    public var pictures: String
    /// Gets the model, its configuration, `history.csv`, `report.html` and checkpoints.
    public var runFolder: String
    public var validation = Validation.none
    public var weights = Weights.imagenet
    public var backbone = Backbone.vgg16
    public var preprocessing = Preprocessing.rescale
    /// Passes over all pictures.
    public var epochs = 10
    /// Pictures in a step.
    public var batchSize = 32
    /// Adam's.
    public var learningRate = 0.001
    /// Units of the hidden layer.
    public var hiddenUnits = 256
    /// Decides the head's first weights, the order of pictures and every augmentation.
    public var seed: UInt64 = 0
    /// Draws a shear, a zoom and a flip for each picture anew in each epoch, as Keras' recipe does.
    public var augments = true
    /// Goes on with the run in `runFolder` from its newest checkpoint.
    public var resumes = false
    /// Worker processes on this machine; `nil` for as many as help here.
    public var workers: Int?

    /// A run with the recipe's values.
    public init(pictures: String, runFolder: String) {
        self.pictures = pictures
        self.runFolder = runFolder
    }

    /// An epoch that is done.
    public struct Epoch: Sendable, Hashable {
        /// Mean cross-entropy of the training pictures.
        public let loss: Double
        /// 0 to 1.
        public let accuracy: Double
        /// `nil` without validation.
        public let validationLoss: Double?
        /// 0 to 1; `nil` without validation.
        public let validationAccuracy: Double?
        /// How long it took, its validation included.
        public let seconds: Double
    }

    /// What a run came to.
    public struct Result: Sendable, Hashable {
        /// In order, those before a resumption included.
        public let epochs: [Epoch]
        /// Pictures that can't be read; `problems.csv` in the run folder has the reasons.
        public let picturesLeftOut: Int
    }

    /// Trains to the end. The work is done by worker processes, on other threads than the caller's.
    ///
    /// A task that is cancelled saves the run's state first, then throws `CancellationError`; `resumes` goes
    /// on from there.
    ///
    /// - Parameters:
    ///   - machine: the program that the workers are, and the cache folder.
    ///   - onLine: called on any thread for each line that the command would show on standard error, without
    ///     the time.
    /// - Throws: `HeadStartError`, whose description says what is wrong and what to do.
    public func run(
        machine: Machine = Machine(), onLine: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Result {
        let plan = try plan(machine)
        let environment = try machine.environment(onLine: onLine)
        let stop = RunStop()
        let outcome = try await withTaskCancellationHandler {
            try await onThreadOfItsOwn {
                try runLocalTraining(plan, environment: environment, stop: stop)
            }
        } onCancel: {
            stop.request()
        }
        switch outcome.end {
        case .completed, .stoppedEarly: break
        case .interrupted: throw CancellationError()
        case .failed(let reason): throw HeadStartError(description: reason)
        }
        return Result(
            epochs: outcome.history.map {
                Epoch(
                    loss: $0.loss, accuracy: $0.accuracy, validationLoss: $0.validationLoss,
                    validationAccuracy: $0.validationAccuracy, seconds: $0.seconds)
            }, picturesLeftOut: outcome.picturesLeftOut)
    }

    private func plan(_ machine: Machine) throws -> TrainingPlan {
        var plan = TrainingPlan(
            trainDirectory: Machine.absolute(pictures), output: Machine.absolute(runFolder))
        plan.validation =
            switch validation {
            case .none: .none
            case .folder(let path): .folder(Machine.absolute(path))
            case .split(let share): .split(share)
            }
        (plan.weights, plan.architecture, plan.preprocessing) = (
            weights.source, backbone.value, preprocessing.value
        )
        (plan.epochs, plan.batchSize, plan.learningRate) = (epochs, batchSize, learningRate)
        (plan.hiddenUnits, plan.seed, plan.resume) = (hiddenUnits, seed, resumes)
        if !augments { plan.augmentation = nil }
        plan.localWorkers = workers
        plan.cacheDirectory = machine.cacheFolder.map(Machine.absolute)
        do { try plan.validate() } catch { throw HeadStartError(error) }
        return plan
    }
}

/// The runtime blocks its thread for as long as a run takes, which a thread of Swift's pool must not.
private func onThreadOfItsOwn<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread {
            continuation.resume(with: Swift.Result { try body() }.mapError { HeadStartError($0) })
        }
        thread.name = "training"
        thread.start()
    }
}
