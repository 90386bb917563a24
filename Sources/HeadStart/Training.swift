import ClusterRuntime
import Foundation
import Imaging
import VGGBackbone

/// A training run: makes a classifier from folders of pictures, as `headstart train` does.
///
/// Set the values that differ from the recipe, then call `run`. The same pictures, weights and values give
/// the same `model.safetensors`, byte for byte, whether a program or the command trains it.
///
/// ```swift
/// var training = Training(pictures: "photos/train", runFolder: "runs/first")
/// training.validation = .folder("photos/val")
/// let result = try await training.run { line in print(line) }
/// ```
public struct Training: Sendable {
    /// Where a run's validation pictures come from.
    public enum Validation: Sendable, Hashable {
        /// No validation.
        case none
        /// A separate folder with the same classes.
        case folder(String)
        /// A share of every class of the training folder, between 0 and 1.
        case split(Double)
    }

    /// The folder whose subfolders are the classes.
    public var pictures: String
    /// The folder for the model, its configuration, `history.csv`, `report.html` and checkpoints.
    public var runFolder: String
    public var validation = Validation.none
    public var weights = Weights.imagenet
    public var backbone = Backbone.vgg16
    public var preprocessing = Preprocessing.rescale
    /// The number of passes over all pictures.
    public var epochs = 10
    /// Pictures per step.
    public var batchSize = 32
    /// Adam's learning rate.
    public var learningRate = 0.001
    /// Units of the hidden layer.
    public var hiddenUnits = 256
    /// Determines the head's initial weights, the order of pictures and every augmentation.
    public var seed: UInt64 = 0
    /// Gives each picture a new random shear, zoom and flip in each epoch, as Keras' recipe does.
    public var augments = true
    /// Resumes the run in `runFolder` from its newest checkpoint.
    public var resumes = false
    /// Worker processes on this machine; `nil` for as many as help here.
    public var workers: Int?

    /// Creates a run with the recipe's values.
    public init(pictures: String, runFolder: String) {
        self.pictures = pictures
        self.runFolder = runFolder
    }

    /// A finished epoch.
    public struct Epoch: Sendable, Hashable {
        /// Mean cross-entropy of the training pictures.
        public let loss: Double
        /// The accuracy on the training pictures, from 0 to 1.
        public let accuracy: Double
        /// The mean cross-entropy of the validation pictures; `nil` without validation.
        public let validationLoss: Double?
        /// The accuracy on the validation pictures, from 0 to 1; `nil` without validation.
        public let validationAccuracy: Double?
        /// How long the epoch took, including its validation.
        public let seconds: Double
    }

    /// The result of a run.
    public struct Result: Sendable, Hashable {
        /// The finished epochs in order, including those before a resumption.
        public let epochs: [Epoch]
        /// The number of pictures that can't be read; `problems.csv` in the run folder has the reasons.
        public let picturesLeftOut: Int
    }

    /// Trains until the run ends. The work is done by worker processes, not on the caller's thread.
    ///
    /// If the task is cancelled, the run saves its state and this throws `CancellationError`; `resumes` goes
    /// on from there.
    ///
    /// - Parameters:
    ///   - machine: the program that runs the workers, and the cache folder.
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
        do {
            try plan.validate()
            try plan.validateLocalWorkers()
        } catch { throw HeadStartError(error) }
        return plan
    }
}

/// Runs `body` on a thread of its own: the runtime blocks its thread during the whole run, which a thread of
/// Swift's pool must not do.
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
