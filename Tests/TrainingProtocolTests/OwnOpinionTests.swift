import ContentAddressing
import Foundation
import Testing
import TrainingProtocol
import WireMessages

@Suite("The coordinator's own opinion")
struct OwnOpinionTests {
    private static func configuration(_ exchange: Exchange) -> CoordinatorConfiguration {
        var configuration = CoordinatorConfiguration.example(
            count: 64, validation: 40, epochs: 2, exchange: exchange)
        configuration.provesWorkers = true
        return configuration
    }

    /// Other bytes in the same shape.
    private static func nonsense(_ right: Outcome) -> Outcome {
        switch right {
        case .extracted(let features): return .extracted(features.map { _ in Tensor([9]) })
        case .factorGradient(var gradient):
            gradient.delta = Tensor(gradient.delta.floats.map { $0 + 1 }, shape: gradient.delta.shape)
            return .factorGradient(gradient)
        case .denseGradient(_, let gradient):
            return .denseGradient(kernel: Tensor([1], shape: [1]), gradient)
        case .evaluated(let scores):
            return .evaluated(scores.map { SampleScore(loss: 9, predicted: $0.predicted) })
        case .checked, .failed: return right
        }
    }

    private static func liar(_ exchange: Exchange, workers: Int, joinsFirst: Bool) -> ClusterInMemory {
        var cluster = ClusterInMemory(configuration(exchange))
        cluster.answers[1] = { nonsense($1) }
        cluster.startWorker(1, secondsPerPicture: joinsFirst ? 0.001 : 0.1)
        cluster.after(joinsFirst ? 30 : 0) { cluster in
            for worker in 1..<workers { cluster.startWorker(worker + 1) }
        }
        cluster.run(untilSecond: 600)
        return cluster
    }

    private static func calm(_ exchange: Exchange) -> ClusterInMemory {
        var cluster = ClusterInMemory(configuration(exchange))
        cluster.startWorker(1)
        cluster.run()
        return cluster
    }

    @Test(
        "nothing of a worker is used that lies from its first word, alone or beside honest ones",
        arguments: Exchange.allCases, [2, 3])
    func liarBesideHonest(exchange: Exchange, workers: Int) {
        let calm = Self.calm(exchange)
        for joinsFirst in [false, true] {
            let cluster = Self.liar(exchange, workers: workers, joinsFirst: joinsFirst)
            #expect(cluster.end == .completed)
            #expect(cluster.logs.contains { $0.contains("worker 1") && $0.contains("set apart") })
            #expect(!cluster.logs.contains { $0.contains("is set apart") && !$0.contains("worker 1 ") })
            #expect(cluster.applied.map(Self.words) == calm.applied.map(Self.words))
            #expect(cluster.epochs.map(\.validationLoss) == calm.epochs.map(\.validationLoss))
        }
    }

    private static func words(_ update: StepUpdate) -> [[Float]] {
        update.chunks.map { chunk in
            switch chunk.outcome {
            case .factorGradient(let gradient): gradient.delta.floats
            case .denseGradient(let kernel, _): kernel.floats
            case .checked, .extracted, .evaluated, .failed: [.nan]
            }
        }
    }

    @Test("a worker that is alone has its first answer of each kind confirmed here, and no other")
    func alone() {
        let cluster = Self.calm(.factors)
        #expect(cluster.end == .completed)
        #expect(Set(cluster.decided.map(\.kind)) == [.extract, .gradient, .evaluate])
        #expect(cluster.decided.count == 3)
        #expect(Set(cluster.leasesGranted.map(\.id)).count == cluster.leasesGranted.count)
    }

    @Test("two workers confirm each other, and this machine is not asked")
    func together() {
        var cluster = ClusterInMemory(Self.configuration(.factors))
        for worker in 1...2 { cluster.startWorker(worker) }
        cluster.run()
        #expect(cluster.end == .completed && cluster.decided.isEmpty)
        // One lease of each kind is done twice, or two where each began with its own.
        let again = cluster.leasesGranted.count - Set(cluster.leasesGranted.map(\.id)).count
        #expect((3...6).contains(again), "\(again)")
    }

    @Test("what a worker has proved is kept with the checkpoints, for the coordinator that follows")
    func kept() throws {
        let first = Self.calm(.factors)
        let position = try #require(first.checkpoints.first)
        #expect(position.step > 0 && position.history.count == 1)
        let copy = try JSONDecoder().decode(RunPosition.self, from: JSONEncoder().encode(position))
        for (worker, asked) in [(1, 0), (2, 3)] {
            var second = ClusterInMemory(Self.configuration(.factors), position: copy)
            second.startWorker(worker)
            second.run()
            #expect(second.end == .completed)
            #expect(second.decided.count == asked)
        }
    }

    @Test("the coordinator's own process has nothing to prove")
    func vouched() {
        var cluster = ClusterInMemory(Self.configuration(.factors))
        cluster.startWorker(1)
        // The message takes a millisecond.
        cluster.after(0.002) { $0.feed(.vouched(for: 1)) }
        cluster.run()
        #expect(cluster.end == .completed && cluster.decided.isEmpty)
    }

    @Test("where this machine can't do it either, a worker that is alone does its first leases twice")
    func noOpinion() {
        var cluster = ClusterInMemory(Self.configuration(.factors))
        cluster.ownAnswer = { _, _ in .failed(reason: "no memory is left") }
        cluster.startWorker(1)
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(cluster.decided.count == 3)
        #expect(cluster.logs.count { $0.contains("can't be done here") } == 3)
        #expect(cluster.leasesGranted.count - Set(cluster.leasesGranted.map(\.id)).count == 3)
    }

    @Test("two workers that differ later on are told apart here, without a third", arguments: [1, 2])
    func differLater(liar: Int) {
        var configuration = Self.configuration(.factors)
        configuration.verifiedShare = 1
        var cluster = ClusterInMemory(configuration)
        cluster.answers[liar] = { lease, right in lease.id.step == 3 ? Self.nonsense(right) : right }
        for worker in 1...2 { cluster.startWorker(worker) }
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(
            cluster.logs.contains {
                $0.contains("worker \(liar) ") && $0.contains("other bytes than the coordinator's own")
            })
        #expect(cluster.applied.map(Self.words) == Self.calm(.factors).applied.map(Self.words))
    }

    @Test("liars that agree with each other don't outvote an honest worker")
    func outvoted() {
        var configuration = Self.configuration(.factors)
        configuration.verifiedShare = 1
        var cluster = ClusterInMemory(configuration)
        for liar in 2...4 {
            cluster.answers[liar] = { lease, right in lease.id.step >= 3 ? Self.nonsense(right) : right }
        }
        // The honest one is quick, so that its answer is there when theirs come.
        for worker in 1...4 { cluster.startWorker(worker, secondsPerPicture: worker == 1 ? 0.01 : 0.1) }
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(!cluster.logs.contains { $0.contains("worker 1 (host host-1) is set apart") })
    }

    @Test("a lease that three workers fail is done here, and the run goes on", arguments: Exchange.allCases)
    func failedByAll(exchange: Exchange) {
        var cluster = ClusterInMemory(Self.configuration(exchange))
        for worker in 1...3 {
            cluster.answers[worker] = { lease, right in
                lease.id.step == 1 && lease.id.kind == .gradient && lease.id.chunk == 0
                    ? .failed(reason: "no") : right
            }
            cluster.startWorker(worker)
        }
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(cluster.decided.contains(LeaseID(kind: .gradient, step: 1, chunk: 0)))
    }

    @Test("a worker that is waited for here is named")
    func waiting() {
        var cluster = ClusterInMemory(Self.configuration(.factors))
        cluster.startWorker(1)
        var said: Set<String> = []
        for tenth in 0..<200 {
            cluster.after(Double(tenth) / 10) { cluster in
                if let wait = cluster.coordinator.waitingFor(now: Instant(cluster.now)) { said.insert(wait) }
            }
        }
        cluster.run()
        #expect(
            said.contains { $0.contains("to tell whether worker 1 ") && $0.contains("extract 0/0") },
            "\(said)")
    }
}
