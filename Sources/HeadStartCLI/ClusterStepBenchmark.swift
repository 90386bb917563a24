import ClusterRuntime
import Foundation
import VGGBackbone

/// A training step by a real coordinator and real worker processes, once features are there.
struct ClusterStepBenchmark {
    /// Steps of an epoch.
    private static let stepsPerEpoch = 2
    /// The first epochs compute features and warm up; the others are measured.
    private static let unmeasuredEpochs = 3
    private static let measuredEpochs = 30

    let batchSize: Int
    let hiddenUnits: Int
    let workers: Int
    let environment: RuntimeEnvironment

    /// The median over the measured epochs, of an epoch's seconds over its steps.
    func millisecondsPerStep() throws -> Double {
        let folder = FileManager.default.temporaryDirectory.path + "/headstart-benchmark-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Two classes, together as many pictures as the steps take.
        try SampleDataset(folder: folder + "/pictures", kinds: [.circles, .stripes])
            .write(training: (batchSize * Self.stepsPerEpoch + 1) / 2, validation: 0)
        var plan = TrainingPlan(trainDirectory: folder + "/pictures/train", output: folder + "/run")
        plan.weights = .random(7)
        plan.augmentation = nil
        plan.batchSize = batchSize
        plan.hiddenUnits = hiddenUnits
        plan.epochs = Self.unmeasuredEpochs + Self.measuredEpochs
        plan.learningRate = 1e-6  // Nothing shall die or diverge.
        plan.localWorkers = workers
        plan.cacheDirectory = folder + "/cache"
        try plan.validate()
        let outcome = try runLocalTraining(plan, environment: environment)
        let seconds = outcome.history.dropFirst(Self.unmeasuredEpochs).map(\.seconds).sorted()
        guard !seconds.isEmpty else {
            throw CommandFailure("the run was stopped before a step was measured; run it again")
        }
        return seconds[seconds.count / 2] * 1000 / Double(Self.stepsPerEpoch)
    }
}
