import TrainingProtocol
import WireMessages

/// A worker's process: the real state machine, a socket, and two threads that compute.
struct SimulatedWorker {
    /// Something that waits for a thread.
    enum Item {
        case lease(Lease)
        case weights(HeadWeights)
    }

    /// A thread that does one thing after the other.
    struct Lane {
        var waiting: [Item] = []
        var current: Lease?
    }

    /// Counts the processes that have been in this place.
    var incarnation = 0
    var misconduct: Misconduct?
    /// By task, the number of leases that the process has begun.
    var begun = [Int](repeating: 0, count: WorkerTask.allCases.count)
    var clockAhead: SimulatedTime = 0
    /// `nil` while no process runs.
    var machine: WorkerMachine?
    /// Counts the process's sockets.
    var socket = 0
    var connection: Int?
    /// Messages sent without a connection; they go out over the next one.
    var unsent: [WorkerMessage] = []
    var lastUp: SimulatedTime = 0
    var lastDown: SimulatedTime = 0

    // Current faults and when they end.
    var cloggedUntil: SimulatedTime = 0
    var cutUpUntil: SimulatedTime = 0
    var cutDownUntil: SimulatedTime = 0
    var pausedUntil: SimulatedTime = 0

    var weights: HeadWeights?
    /// One thread for pictures, evaluations and dense gradients, and one for gradients of the factor form,
    /// which never wait behind them.
    var work = Lane()
    var gradients = Lane()

    // For the planner.
    var busy: SimulatedTime = 0

    /// The number of waiting leases, in both lanes.
    var waitingCount: Int {
        work.waiting.count { if case .lease = $0 { true } else { false } } + gradients.waiting.count
    }
}

extension SimulatedWorker {
    /// The answer of a sound worker: a function of the work and, where needed, of the weights.
    func answer(to work: Work, scenario: Scenario) -> Outcome {
        let classes = scenario.configuration.classes.count
        switch work {
        case .check(let samples):
            return .checked(
                samples.map {
                    // Some decoders give no reason.
                    let reason = $0.picture.bytes[0] % 4 == 0 ? "" : Scenario.unreadableReason
                    return scenario.unreadable.contains($0.picture) ? reason : nil
                })
        case .extract(let samples, let returnsFeatures):
            if let bad = samples.first(where: { scenario.unreadable.contains($0.picture) }) {
                return .failed(reason: "\(bad.picture.hex): \(Scenario.unreadableReason)")
            }
            return .extracted(
                returnsFeatures
                    ? samples.map { FakeArithmetic.tensor(FakeArithmetic.features(of: $0)) } : [])
        case .factorGradient(let work):
            let gradient = FakeArithmetic.gradient(
                sums: FakeArithmetic.word(of: work.preactivations), labels: work.labels,
                samplesInStep: work.samplesInStep)
            return .factorGradient(
                FakeArithmetic.factors(gradient: gradient, count: work.labels.count, classes: classes))
        case .denseGradient(let samples, let samplesInStep, let step):
            if let bad = samples.first(where: { scenario.unreadable.contains($0.picture) }) {
                return .failed(reason: "\(bad.picture.hex): \(Scenario.unreadableReason)")
            }
            guard let weights, weights.step == step else {
                return .failed(reason: "no weights of step \(step)")
            }
            let features = samples.map(FakeArithmetic.features(of:))
            let gradient = FakeArithmetic.gradient(
                sums: FakeArithmetic.sums(head: FakeArithmetic.word(of: weights.kernel), features: features),
                labels: samples.map(\.label), samplesInStep: samplesInStep)
            return .denseGradient(
                kernel: FakeArithmetic.tensor(
                    FakeArithmetic.kernelGradient(gradient: gradient, features: features)),
                FakeArithmetic.answer(gradient: gradient, count: samples.count, classes: classes))
        case .evaluate(let samples, let step):
            if let bad = samples.first(where: { scenario.unreadable.contains($0.picture) }) {
                return .failed(reason: "\(bad.picture.hex): \(Scenario.unreadableReason)")
            }
            guard let weights, weights.step == step else {
                return .failed(reason: "no weights of step \(step)")
            }
            let head = FakeArithmetic.word(of: weights.kernel)
            return .evaluated(
                samples.map {
                    FakeArithmetic.score(
                        head: head, features: FakeArithmetic.features(of: $0), classes: classes)
                })
        }
    }
}

extension Work {
    /// The number of pictures whose features must be computed; dense gradients find theirs in memory.
    var pictureCount: Int {
        switch self {
        case .extract(let samples, _), .evaluate(let samples, _): samples.count
        case .check, .factorGradient, .denseGradient: 0
        }
    }

    /// Whether it runs on the thread reserved for factor gradients.
    var isFactorGradient: Bool { if case .factorGradient = self { true } else { false } }
}
