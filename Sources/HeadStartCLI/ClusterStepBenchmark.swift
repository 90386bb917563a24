import ClusterRuntime
import Foundation
import VGGBackbone

/// Measures training steps of a real coordinator and worker processes, with features already computed.
struct ClusterStepBenchmark {
    /// Steps with different pictures; later steps use copies of them.
    private static let distinctSteps = 2
    /// Copies of each picture, so that the fixed cost of an epoch, mainly a checkpoint, weighs little.
    private static let copies = 16
    /// The first epochs compute features and warm up; the others are measured.
    private static let unmeasuredEpochs = 2
    private static let measuredEpochs = 5

    let batchSize: Int
    let hiddenUnits: Int
    let workers: Int
    let environment: RuntimeEnvironment

    /// The median over the measured epochs of an epoch's time divided by its steps.
    func millisecondsPerStep() throws -> Double {
        let folder = FileManager.default.temporaryDirectory.path + "/headstart-benchmark-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Two classes, which together have as many pictures as the steps need.
        try SampleDataset(folder: folder + "/pictures", kinds: [.circles, .stripes])
            .write(training: (batchSize * Self.distinctSteps + 1) / 2, validation: 0)
        try repeatPictures(in: folder + "/pictures/train")
        var plan = TrainingPlan(trainDirectory: folder + "/pictures/train", output: folder + "/run")
        plan.weights = .random(7)
        plan.augmentation = nil
        plan.batchSize = batchSize
        plan.hiddenUnits = hiddenUnits
        plan.epochs = Self.unmeasuredEpochs + Self.measuredEpochs
        plan.learningRate = 1e-6  // Keeps units alive and the loss finite.
        plan.localWorkers = workers
        plan.cacheDirectory = folder + "/cache"
        try plan.validate()
        let outcome = try runLocalTraining(plan, environment: environment)
        let seconds = outcome.history.dropFirst(Self.unmeasuredEpochs).map(\.seconds).sorted()
        guard !seconds.isEmpty else {
            throw CommandFailure("the run was stopped before a step was measured; run it again")
        }
        return seconds[seconds.count / 2] * 1000 / Double(Self.distinctSteps * Self.copies)
    }

    /// Links each picture under more names; the feature store has the copies' features already.
    private func repeatPictures(in folder: String) throws {
        for kind in try FileManager.default.contentsOfDirectory(atPath: folder) {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/" + kind) {
                for copy in 1..<Self.copies {
                    try FileManager.default.linkItem(
                        atPath: "\(folder)/\(kind)/\(name)", toPath: "\(folder)/\(kind)/\(copy)-\(name)")
                }
            }
        }
    }
}
