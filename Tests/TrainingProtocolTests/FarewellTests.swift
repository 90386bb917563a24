import ContentAddressing
import Testing
import WireMessages

@testable import TrainingProtocol

@Suite("Workers hear of the end what is true of it")
struct FarewellTests {
    /// What a worker that comes after the end is told.
    private func lastWord(_ cluster: inout ClusterInMemory) -> (reason: String, final: Bool)? {
        let hello = Hello(
            protocolVersion: protocolVersion, workerID: "late", host: "h", processID: 1, threads: 1,
            kernels: "avx2", arithmetic: cluster.coordinator.configuration.arithmetic)
        let actions = cluster.coordinator.handle(
            .received(.hello(hello), from: 99), now: Instant(cluster.now))
        for case .send(.goodbye(let reason, let final), to: 99) in actions { return (reason, final) }
        return nil
    }

    private func ended() -> ClusterInMemory {
        var cluster = ClusterInMemory(.example(count: 20, epochs: 1))
        cluster.startWorker(1)
        cluster.run()
        return cluster
    }

    @Test("what fails after the end makes it a failure, and who has joined or comes later is told so")
    func failsAfterwards() throws {
        var cluster = ended()
        #expect(cluster.end == .completed && cluster.coordinator.isOver)
        #expect(try #require(lastWord(&cluster)) == ("the run is complete", true))

        cluster = ended()
        let actions = cluster.coordinator.handle(
            .ownerFailed(reason: "the disk is full"), now: Instant(cluster.now))
        let farewells = actions.compactMap { action in
            if case .send(.goodbye(let reason, let final), to: _) = action { (reason, final) } else { nil }
        }
        #expect(farewells.map(\.0) == ["the run failed: the disk is full"])
        // It may be resumed, and then it needs its workers.
        #expect(farewells.map(\.1) == [false] && !cluster.coordinator.isOver)
        let ends = actions.compactMap { if case .finished(let end) = $0 { end } else { nil } }
        #expect(ends == [.failed(reason: "the disk is full")])
        #expect(try #require(lastWord(&cluster)) == ("the run failed: the disk is full", false))
        #expect(cluster.coordinator.canGoOn)
    }

    @Test("a failure that going on doesn't mend lets the workers leave")
    func hopeless() {
        var cluster = ended()
        _ = cluster.coordinator.handle(
            .ownerFailed(reason: "no number", canGoOn: false), now: Instant(cluster.now))
        #expect(cluster.coordinator.isOver && !cluster.coordinator.canGoOn)

        var configuration = CoordinatorConfiguration.example(count: 20, epochs: 3)
        configuration.exchange = .gradients
        var diverging = ClusterInMemory(configuration)
        diverging.losses = [diverging.coordinator.configuration.training[3].digest: .nan]
        diverging.startWorker(1)
        diverging.run()
        guard case .failed = diverging.end else {
            Issue.record("the run did not fail")
            return
        }
        #expect(diverging.coordinator.isOver && !diverging.coordinator.canGoOn)
    }
}
