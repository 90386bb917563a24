import ContentAddressing
import Testing
import TrainingProtocol
import WireMessages

@Suite("What an answer must match")
struct LeaseIdentityTests {
    /// A coordinator whose worker 1 holds the gradients of a step.
    private static func coordinator() -> (machine: CoordinatorMachine, leases: [Lease]) {
        let cluster = runToGradients()
        return (cluster.coordinator, cluster.held)
    }

    private static func runToGradients() -> (coordinator: CoordinatorMachine, held: [Lease]) {
        var configuration = CoordinatorConfiguration.example(count: 16, epochs: 2)
        configuration.training = configuration.training.map { picture in
            var picture = picture
            picture.verdict = .readable
            return picture
        }
        var machine = CoordinatorMachine(configuration)
        let hello = Hello(
            protocolVersion: protocolVersion, workerID: "w", host: "h", processID: 1, threads: 1,
            kernels: "avx2", arithmetic: configuration.arithmetic)
        _ = machine.handle(.started, now: .zero)
        _ = machine.handle(.received(.hello(hello), from: 1), now: .zero)
        var actions = machine.handle(.received(.ready(slots: 4), from: 1), now: .zero)
        for lease in leases(actions) {
            let features = Outcome.extracted((0..<8).map { _ in Tensor([1]) })
            actions = machine.handle(
                .received(.result(LeaseResult(to: lease, seconds: 0, outcome: features)), from: 1), now: .zero
            )
        }
        let works = (0..<2).map { _ in
            FactorGradientWork(
                labels: Array(repeating: 0, count: 8), samplesInStep: 16,
                preactivations: Tensor([Float](repeating: 0, count: 8), shape: [8, 1]),
                outputLayers: Tensor([0], shape: [1]))
        }
        actions = machine.handle(.preactivationsReady(step: 0, chunks: works), now: .zero)
        return (machine, leases(actions))
    }

    private static func leases(_ actions: [CoordinatorAction]) -> [Lease] {
        actions.compactMap { if case .send(.lease(let lease), _) = $0 { lease } else { nil } }
    }

    private static func answer(_ lease: Lease) -> LeaseResult {
        LeaseResult(
            to: lease, seconds: 0,
            outcome: .factorGradient(
                FactorGradient(
                    delta: Tensor([Float](repeating: 0, count: 8), shape: [8, 1]),
                    outputDelta: Tensor([Float](repeating: 0, count: 16), shape: [8, 2]),
                    scores: Array(repeating: SampleScore(loss: 1, predicted: 0), count: 8))))
    }

    @Test(
        "with dense gradients, weights that another process has sent are not taken for those of the same name",
        arguments: Exchange.allCases)
    func otherProcess(exchange: Exchange) {
        let names = (UInt64(1)...2).map { process in
            var configuration = CoordinatorConfiguration.example(count: 16, validation: 8, exchange: exchange)
            configuration.process = process
            var cluster = ClusterInMemory(configuration)
            cluster.startWorker(1)
            cluster.run()
            return cluster.weights
        }
        #expect((names[0] == names[1]) == (exchange == .factors))
    }

    @Test("an answer counts only for its run, step, chunk and weights; each other is dropped and counted")
    func identity() {
        var (machine, leases) = Self.coordinator()
        #expect(leases.count == 2)
        func give(_ change: (inout LeaseResult) -> Void) -> Int {
            var result = Self.answer(leases[0])
            change(&result)
            let used = machine.answers.used
            _ = machine.handle(.received(.result(result), from: 1), now: .zero)
            return machine.answers.used - used
        }
        #expect(give { $0.run = "another" } == 0 && machine.answers.ofOtherRuns == 1)
        #expect(give { $0.weights = ContentDigest(hashing: [7]) } == 0)
        #expect(machine.answers.fromOtherWeights == 1)
        #expect(give { $0.id.step = 1 } == 0 && machine.answers.late == 1)
        #expect(give { $0.id.chunk = 9 } == 0 && machine.answers.late == 2)
        #expect(give { _ in } == 1)
        // The same once more: it was answered.
        #expect(give { _ in } == 0 && machine.answers.late == 3)
        #expect(
            machine.progress(now: .zero).answers.dropped
                == "answers dropped: 3 late, 1 of another run, 1 from other weights")
    }

    @Test("weights have a name that depends on every answer of every step, and on nothing else")
    func chain() {
        func names(corrupting chunk: Int?) -> [ContentDigest?] {
            var cluster = ClusterInMemory(.example(count: 40, epochs: 2))
            cluster.answers[1] = { lease, right in
                guard lease.id == LeaseID(kind: .gradient, step: 1, chunk: chunk ?? -1),
                    case .factorGradient(var gradient) = right
                else { return right }
                let count = gradient.scores.count
                gradient.outputDelta = Tensor([Float](repeating: 1, count: 2 * count), shape: [count, 2])
                return .factorGradient(gradient)
            }
            cluster.startWorker(1)
            if chunk == nil { cluster.startWorker(2) }
            cluster.run()
            return cluster.checkpoints.map(\.weights)
        }
        let one = names(corrupting: -2)
        #expect(one.allSatisfy { $0 != nil })
        #expect(one == names(corrupting: nil))
        #expect(one != names(corrupting: 0))
        #expect(names(corrupting: 0) != names(corrupting: 1))
    }

    @Test("a worker with weights of the same step and another name asks anew")
    func otherWeights() {
        let configuration = CoordinatorConfiguration.example(exchange: .gradients)
        let hello = Hello(
            protocolVersion: protocolVersion, workerID: "w", host: "h", processID: 1, threads: 1,
            kernels: "avx2", arithmetic: configuration.arithmetic)
        var worker = WorkerMachine(hello: hello, address: "tcp://coordinator")
        _ = worker.handle(.started, now: .zero)
        _ = worker.handle(
            .received(
                .welcome(
                    Welcome(
                        run: "run", workerNumber: 1, heartbeatMilliseconds: 1000,
                        session: configuration.session))), now: .zero)
        _ = worker.handle(.prepared(slots: 2), now: .zero)
        let names = (0..<2).map { ContentDigest(hashing: [UInt8($0)]) }
        _ = worker.handle(
            .received(
                .weights(
                    HeadWeights(
                        step: 3, digest: names[0], kernel: Tensor([0], shape: [1]),
                        outputLayers: Tensor([0], shape: [1])))), now: .zero)
        func starts(_ chunk: Int, _ weights: ContentDigest) -> Bool {
            let lease = Lease(
                id: LeaseID(kind: .evaluate, step: 0, chunk: chunk), run: "run", weights: weights,
                work: .evaluate([], weightsStep: 3))
            return worker.handle(.received(.lease(lease)), now: .zero).contains {
                if case .start = $0 { true } else { false }
            }
        }
        #expect(starts(0, names[0]))
        #expect(!starts(1, names[1]))
    }
}
