import ContentAddressing
import TrainingProtocol
import WireMessages

/// The run as one process would do it, without leases, workers or messages; every simulated cluster must
/// arrive at the same result.
struct ReferenceRun: Sendable {
    /// The readable training pictures, as indices into the configuration's.
    let readable: [Int]
    let schedule: TrainingSchedule
    /// The samples of each step, as indices into `readable`.
    private(set) var samples: [[Int]] = []
    /// The head before each step, and after the last.
    private(set) var heads: [UInt64] = [FakeArithmetic.untrained]
    /// Each epoch's record; seconds are 0.
    private(set) var history: [EpochRecord] = []
    let leftOut: Int
    /// The number of epochs after which the run ends.
    private(set) var epochs = 0
    /// Part of the error message of a run that can't begin; `nil` if it can.
    let refusal: String?

    /// - Parameter goesOn: whether to continue beyond the end by early stopping.
    init(_ scenario: Scenario, unreadable: Set<ContentDigest>, goesOn: Bool) {
        let configuration = scenario.configuration
        let isReadable = { (picture: RunPicture) in !unreadable.contains(picture.digest) }
        readable = configuration.training.indices.filter { isReadable(configuration.training[$0]) }
        let validation = configuration.validation.indices.filter { isReadable(configuration.validation[$0]) }
        leftOut =
            configuration.training.count + configuration.validation.count - readable.count - validation.count
        let labels = Set(readable.map { configuration.training[$0].label })
        refusal =
            if configuration.isStrict, leftOut > 0 {
                "\(leftOut) pictures can't be read"
            } else if readable.isEmpty {
                "no training picture can be read"
            } else if !configuration.allowsEmptyClasses, labels.count < configuration.classes.count {
                "has no picture that can be read"
            } else if validation.isEmpty, !configuration.validation.isEmpty {
                "no validation picture can be read"
            } else {
                nil
            }
        guard refusal == nil else {
            schedule = TrainingSchedule(sampleCount: 1, batchSize: 1, epochs: 1, seed: 0)
            return
        }
        schedule = TrainingSchedule(
            sampleCount: readable.count, batchSize: configuration.batchSize, epochs: configuration.epochs,
            seed: configuration.session.seed)
        for epoch in 0..<configuration.epochs {
            train(epoch, configuration)
            evaluate(epoch, configuration, validation: validation)
            guard epochs == 0 else { continue }
            if stalls(patience: configuration.earlyStoppingPatience) {
                epochs = epoch + 1
                if !goesOn { return }
            }
        }
        if epochs == 0 { epochs = configuration.epochs }
    }

    private mutating func train(_ epoch: Int, _ configuration: CoordinatorConfiguration) {
        let augments = configuration.session.augmentation != nil
        let order = schedule.order(epoch: epoch)
        var sum = ScoreSum()
        for first in stride(from: 0, to: order.count, by: configuration.batchSize) {
            let batch = Array(order[first..<min(first + configuration.batchSize, order.count)])
            let head = heads[heads.count - 1]
            var kernelGradients: [UInt64] = []
            for start in stride(from: 0, to: batch.count, by: TrainingSchedule.chunkSize) {
                let chunk = batch[start..<min(start + TrainingSchedule.chunkSize, batch.count)]
                let pictures = chunk.map { configuration.training[readable[$0]] }
                let features = zip(chunk, pictures).map { place, picture in
                    FakeArithmetic.features(
                        picture: FakeArithmetic.word(of: picture.digest), index: UInt32(readable[place]),
                        epoch: augments ? UInt32(epoch) : nil, label: picture.label)
                }
                let gradient = FakeArithmetic.gradient(
                    sums: FakeArithmetic.sums(head: head, features: features),
                    labels: pictures.map(\.label), samplesInStep: batch.count)
                for (place, picture) in pictures.enumerated() {
                    let score = FakeArithmetic.score(
                        gradient: gradient, place: place, classes: configuration.classes.count)
                    sum.add(loss: score.loss, isCorrect: score.predicted == picture.label)
                }
                kernelGradients.append(FakeArithmetic.kernelGradient(gradient: gradient, features: features))
            }
            heads.append(
                FakeArithmetic.updated(head: head, step: samples.count, kernelGradients: kernelGradients))
            samples.append(batch)
        }
        history.append(
            EpochRecord(
                epoch: epoch, loss: sum.meanLoss, accuracy: sum.accuracy, validationLoss: nil,
                validationAccuracy: nil, seconds: 0))
    }

    private mutating func evaluate(
        _ epoch: Int, _ configuration: CoordinatorConfiguration, validation: [Int]
    ) {
        guard !validation.isEmpty else { return }
        let draws = configuration.augmentsValidation && configuration.session.augmentation != nil
        var sum = ScoreSum()
        for index in validation {
            let picture = configuration.validation[index]
            let score = FakeArithmetic.score(
                head: heads[heads.count - 1],
                features: FakeArithmetic.features(
                    picture: FakeArithmetic.word(of: picture.digest), index: 1 << 31 | UInt32(index),
                    epoch: draws ? UInt32(epoch) : nil, label: picture.label),
                classes: configuration.classes.count)
            sum.add(loss: score.loss, isCorrect: score.predicted == picture.label)
        }
        history[epoch].validationLoss = sum.meanLoss
        history[epoch].validationAccuracy = sum.accuracy
    }

    private func stalls(patience: Int) -> Bool {
        guard patience > 0 else { return false }
        let losses = history.map { $0.validationLoss ?? $0.loss }
        var best = 0
        for epoch in losses.indices where losses[epoch] < losses[best] { best = epoch }
        return losses.count - 1 - best >= patience
    }
}
