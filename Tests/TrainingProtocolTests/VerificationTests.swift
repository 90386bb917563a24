import ContentAddressing
import Testing
import TrainingProtocol
import WireMessages

@Suite("Answers that are compared")
struct VerificationTests {
    private static func configuration(share: Double, exchange: Exchange = .factors)
        -> CoordinatorConfiguration
    {
        var configuration = CoordinatorConfiguration.example(count: 100, epochs: 1, exchange: exchange)
        configuration.verifiedShare = share
        return configuration
    }

    /// The right answer with one bit changed, in what reaches the weights.
    private static func corrupted(_ right: Outcome, _ value: Float = 1) -> Outcome {
        switch right {
        case .extracted(let features):
            return .extracted(features.map { _ in Tensor([UInt8(value), 9]) })
        case .factorGradient(var gradient):
            let count = gradient.scores.count
            gradient.delta = Tensor([Float](repeating: value, count: count), shape: [count, 1])
            return .factorGradient(gradient)
        case .denseGradient(_, let gradient):
            return .denseGradient(kernel: Tensor([value], shape: [1]), gradient)
        case .checked, .evaluated, .failed: return right
        }
    }

    private static func isCorrupted(_ update: StepUpdate) -> Bool {
        update.chunks.contains { chunk in
            switch chunk.outcome {
            case .factorGradient(let gradient): gradient.delta.floats.contains { $0 != 0 }
            case .denseGradient(let kernel, _): kernel.floats != [0]
            case .checked, .extracted, .evaluated, .failed: true
            }
        }
    }

    @Test(
        "with the whole share every lease is computed twice, by two workers",
        arguments: [Exchange.factors, .gradients])
    func everythingTwice(exchange: Exchange) {
        var cluster = ClusterInMemory(Self.configuration(share: 1, exchange: exchange))
        for worker in 1...3 { cluster.startWorker(worker) }
        cluster.run()
        #expect(cluster.end == .completed)
        let gradients = cluster.leasesGranted.filter { $0.id.kind == .gradient }
        let byLease = Dictionary(grouping: gradients, by: \.id)
        #expect(byLease.count == 13)
        #expect(byLease.values.allSatisfy { Set($0.map(\.worker)).count == 2 })
        #expect(cluster.coordinator.answers.confirmed >= 13)
        #expect(cluster.coordinator.answers.differing == 0)
    }

    @Test("a share is drawn by the seed: about so many, and the same ones again")
    func share() {
        func confirmed() -> Int {
            var configuration = CoordinatorConfiguration.example(count: 2000, epochs: 1)
            configuration.verifiedShare = 0.1
            var cluster = ClusterInMemory(configuration)
            for worker in 1...3 { cluster.startWorker(worker, secondsPerPicture: 0.01) }
            cluster.run()
            return cluster.coordinator.answers.confirmed
        }
        // 250 extractions and 250 gradients.
        let first = confirmed()
        #expect(first > 25 && first < 80)
        #expect(confirmed() == first)
    }

    @Test(
        "a worker that corrupts is found by a third, named, and nothing of it reaches the weights",
        arguments: [Exchange.factors, .gradients], [LeaseKind.extract, .gradient])
    func corruption(exchange: Exchange, kind: LeaseKind) {
        var cluster = ClusterInMemory(Self.configuration(share: 1, exchange: exchange))
        cluster.answers[2] = { lease, right in lease.id.kind == kind ? Self.corrupted(right) : right }
        for worker in 1...3 { cluster.startWorker(worker) }
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(!cluster.applied.contains(where: Self.isCorrupted))
        guard exchange == .factors || kind == .gradient else { return }
        #expect(cluster.workerEnds[2] != nil)
        #expect(
            cluster.logs.contains { $0.contains("(host host-2) is set apart") && $0.contains("two workers") })
    }

    @Test("two workers that differ are asked again, then the run stops and names both")
    func twoDiffer() {
        var cluster = ClusterInMemory(Self.configuration(share: 1))
        cluster.answers[2] = { lease, right in lease.id.kind == .gradient ? Self.corrupted(right) : right }
        for worker in 1...2 { cluster.startWorker(worker) }
        cluster.run()
        guard case .failed(let reason) = cluster.end else {
            Issue.record("the run went on")
            return
        }
        #expect(reason.contains("(host host-1)") && reason.contains("(host host-2)"))
        #expect(reason.contains("different answers to gradient 0/") && reason.contains("--resume"))
        #expect(cluster.applied.isEmpty)
        #expect(cluster.checkpoints.last?.step == 0)
    }

    @Test("a worker that answers one lease twice with different bytes gives itself away")
    func selfContradiction() {
        var calls: Float = 0
        var cluster = ClusterInMemory(Self.configuration(share: 1))
        cluster.answers[2] = { lease, right in
            guard lease.id.kind == .gradient else { return right }
            calls += 1
            return Self.corrupted(right, calls)
        }
        for worker in 1...2 { cluster.startWorker(worker) }
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(cluster.logs.contains { $0.contains("(host host-2) is set apart") && $0.contains("twice") })
        #expect(!cluster.applied.contains(where: Self.isCorrupted))
    }

    @Test("a worker that is alone confirms itself, and the run goes on")
    func alone() {
        var cluster = ClusterInMemory(Self.configuration(share: 1))
        cluster.startWorker(1)
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(cluster.coordinator.answers.confirmed == 0)
    }

    /// A slow worker's lease is taken over; its late answer differs from the one that was used.
    private static func lateDifference(slow: Bool, workers: Int) -> ClusterInMemory {
        var configuration = CoordinatorConfiguration.example(count: 64, epochs: 8, augments: true)
        configuration.limits.lookaheadPictures = 16
        var cluster = ClusterInMemory(configuration)
        let wrong = slow ? 2 : 1
        cluster.answers[wrong] = { lease, right in
            lease.id.kind == .extract ? corrupted(right) : right
        }
        cluster.startWorker(1)
        cluster.startWorker(2, secondsPerPicture: 1.2)
        if workers > 2 { cluster.after(2) { $0.startWorker(3) } }
        cluster.run()
        return cluster
    }

    @Test("a late answer with other bytes than the one used is judged by a third worker")
    func lateAnswerIsWrong() {
        let cluster = Self.lateDifference(slow: true, workers: 3)
        #expect(cluster.end == .completed)
        #expect(cluster.logs.contains { $0.contains("the work is done again to tell who is right") })
        #expect(cluster.logs.contains { $0.contains("(host host-2) is set apart") })
    }

    @Test("a used answer that proves wrong stops the run and says from where to go on")
    func usedAnswerIsWrong() {
        let cluster = Self.lateDifference(slow: false, workers: 3)
        guard case .failed(let reason) = cluster.end else {
            Issue.record("the run went on")
            return
        }
        #expect(reason.contains("host-1") && reason.contains("was used and proves wrong"))
        #expect(reason.contains("begin the run anew") || reason.contains("remove the checkpoints after"))
    }

    @Test("answers are compared only among workers with the same arithmetic")
    func otherArithmetic() {
        var configuration = Self.configuration(share: 1)
        configuration.allowsDifferentArithmetic = true
        var cluster = ClusterInMemory(configuration)
        cluster.answers[2] = { _, right in Self.corrupted(right) }
        for worker in 1...2 { cluster.startWorker(worker) }
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(cluster.coordinator.answers.differing == 0)
    }
}
