import TrainingProtocol
import WireMessages

/// Measures the computing time of the coordinator's state machine alone. The real machine is driven by any
/// number of simulated workers, which answer their leases at once or not at all.
package struct MachineBenchmark {
    /// The number of events of a kind, and the seconds that the machine computed for them.
    package struct Cost: Sendable {
        package private(set) var events = 0
        package private(set) var seconds = 0.0
        package private(set) var longest = 0.0

        mutating func add(_ time: Double) {
            events += 1
            seconds += time
            longest = max(longest, time)
        }

        /// Seconds per event; 0 if there was none.
        package var mean: Double { events == 0 ? 0 : seconds / Double(events) }
    }

    package enum Kind: Sendable, Hashable {
        case joins, heartbeats, timers, lost
        case answers(LeaseKind)
        case endOfCheck, update, evaluation
    }

    /// Workers beyond the requested number; this many may be lost.
    package static let spares = 10

    private let workers: Int
    private let clock: () -> Double
    /// Seconds after which a measurement is cut short.
    private let budget: Double
    private var machine: CoordinatorMachine
    private var now = Instant.zero
    /// By worker, the leases that it has not answered.
    private var waiting: [[Lease]]
    private var next = 0
    private var inbox: [CoordinatorEvent] = []
    private var hasEnded = false
    /// While the workers join, `weightsReady` is held back.
    private var isGreeting = true
    package private(set) var costs: [Kind: Cost] = [:]

    /// - Parameters:
    ///   - lookahead: in pictures; `nil` takes the default.
    ///   - checks: whether the pictures are checked first.
    ///   - clock: the seconds that the process has computed.
    package init(
        workers: Int, lookahead: Int?, batchSize: Int, training: Int, validation: Int, checks: Bool,
        budget: Double, clock: @escaping () -> Double
    ) {
        self.workers = workers
        self.clock = clock
        self.budget = budget
        waiting = Array(repeating: [], count: workers + Self.spares + 1)
        func pictures(_ numbers: Range<Int>) -> [RunPicture] {
            numbers.map { number in
                RunPicture(
                    name: "\(number)", digest: FakeArithmetic.digest(Mixing.hash(UInt64(number))),
                    byteCount: 1, label: number % 2, verdict: checks ? nil : .readable)
            }
        }
        let session = SessionConfiguration(
            seed: 1, backbone: "vgg19", randomWeights: "random:7", weightsDigest: FakeArithmetic.digest(7),
            weightsByteCount: 0, preprocessing: "rescale", honorsExifOrientation: false, pixelLimit: 1,
            augmentation: Augmentation(shearDegrees: 0.2, zoom: 0.2, horizontalFlip: true),
            hiddenUnits: 1, classCount: 2)
        var configuration = CoordinatorConfiguration(
            run: "run", session: session, training: pictures(0..<training),
            validation: pictures(training..<training + validation), classes: ["0", "1"],
            batchSize: batchSize, epochs: 1, exchange: .factors, arithmetic: FakeArithmetic.digest(1))
        configuration.limits.lookaheadPictures = lookahead
        // No work is given out before this many workers, all but the spares, have joined.
        configuration.minimumWorkers = workers
        var position = RunPosition()
        if !checks, training <= batchSize {
            // The position is after the only epoch's training.
            position.step = 1
            position.epochScores.add(loss: 1, isCorrect: true)
        }
        machine = CoordinatorMachine(configuration, position: position)
        feed(.started, nil)
        for peer in 1...workers + Self.spares { greet(peer) }
        isGreeting = false
        answerOwner()
    }

    private mutating func greet(_ peer: Peer) {
        let hello = Hello(
            protocolVersion: protocolVersion, workerID: "worker \(peer)", host: "host", processID: 1,
            threads: 1, kernels: "avx2", arithmetic: FakeArithmetic.digest(1))
        feed(.received(.hello(hello), from: peer), .joins)
        feed(.received(.ready(slots: 2), from: peer), .joins)
    }

    // MARK: Measurements

    private static let status = WorkerStatus(
        picturesExtracted: 0, picturesFromStore: 0, activity: "extracting")

    /// Runs for a number of virtual seconds in which every worker sends heartbeats and none answers anything.
    package mutating func beat(virtualSeconds: Int) {
        let start = clock()
        for _ in 0..<virtualSeconds * workers {
            next = next % workers + 1
            now = now + .nanoseconds(1_000_000_000 / workers)
            feed(.received(.heartbeat(Self.status), from: next), .heartbeats)
            if next % max(1, workers / 10) == 0 { feed(.timer, .timers) }
            if clock() - start > budget { return }
        }
    }

    /// Seconds of computing per second of heartbeats and timers.
    package var heartbeatLoad: Double {
        (costs[.heartbeats]?.mean ?? 0) * Double(workers) + (costs[.timers]?.mean ?? 0) * 10
    }

    package mutating func reset() { costs = [:] }

    /// Lets the workers answer their leases in turn until `count` answers of a kind have come.
    package mutating func answer(_ kind: LeaseKind, count: Int) {
        let start = clock()
        var idle = 0
        while costs[.answers(kind)]?.events ?? 0 < count, clock() - start < budget, !hasEnded {
            next = next % workers + 1
            now = now + .nanoseconds(100_000_000 / workers)
            if next == 1 { feed(.timer, .timers) }
            guard !waiting[next].isEmpty else {
                idle += 1
                if idle > 2 * workers { return }
                feed(.received(.heartbeat(Self.status), from: next), nil)
                continue
            }
            idle = 0
            let lease = waiting[next].removeFirst()
            feed(.received(.result(Self.result(of: lease)), from: next), .answers(lease.id.kind))
        }
    }

    /// Loses workers one after the other, at most `spares`.
    package mutating func lose(_ count: Int) {
        let start = clock()
        for peer in 1...min(count, Self.spares) where clock() - start < budget {
            waiting[peer] = []
            feed(.peerLost(peer, reason: "its connection ended"), .lost)
        }
    }

    // MARK: The owner

    private mutating func feed(_ event: CoordinatorEvent, _ kind: Kind?) {
        tell(event, kind)
        answerOwner()
    }

    /// Tells the machine what its owner has done.
    private mutating func answerOwner() {
        while let event = inbox.first {
            if case .weightsReady = event {
                if isGreeting { return }
                inbox.removeFirst()
                tell(event, .evaluation)
            } else {
                inbox.removeFirst()
                tell(event, .update)
            }
        }
    }

    private mutating func tell(_ event: CoordinatorEvent, _ kind: Kind?) {
        let start = clock()
        let actions = machine.handle(event, now: now)
        let time = clock() - start
        var kind = kind
        for action in actions {
            switch action {
            case .send(.lease(let lease), let peer): waiting[peer].append(lease)
            case .computePreactivations(let step):
                inbox.append(
                    .preactivationsReady(
                        step: step.step, chunks: works(of: step)))
            case .applyStep(let update, let next):
                if let next {
                    inbox.append(.preactivationsReady(step: next.step, chunks: works(of: next)))
                }
                inbox.append(.stepApplied(step: update.step))
            case .publishWeights(let step, _): inbox.append(.weightsReady(step: step))
            case .picturesChecked: kind = .endOfCheck
            case .finished: hasEnded = true
            default: break
            }
        }
        if let kind { costs[kind, default: Cost()].add(time) }
    }

    private func works(of step: StepSamples) -> [FactorGradientWork] {
        stride(from: 0, to: step.samples.count, by: TrainingSchedule.chunkSize).map { first in
            let places = first..<min(first + TrainingSchedule.chunkSize, step.samples.count)
            return FactorGradientWork(
                labels: Array(step.labels[places]), samplesInStep: step.samples.count,
                preactivations: FakeArithmetic.tensor(1), outputLayers: FakeArithmetic.tensor(1))
        }
    }

    /// An answer of the right shape with arbitrary values.
    private static func result(of lease: Lease) -> LeaseResult {
        let outcome: Outcome =
            switch lease.work {
            case .check(let samples): .checked(samples.map { _ in nil })
            case .extract(let samples, _): .extracted(samples.map { _ in FakeArithmetic.tensor(1) })
            case .factorGradient(let work):
                .factorGradient(FakeArithmetic.factors(gradient: 1, count: work.labels.count, classes: 2))
            case .denseGradient: .failed(reason: "nobody asks for it")
            case .evaluate(let samples, _):
                .evaluated(samples.map { _ in SampleScore(loss: 1, predicted: 0) })
            }
        return LeaseResult(to: lease, seconds: 0, outcome: outcome)
    }
}
