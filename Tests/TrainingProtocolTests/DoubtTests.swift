import ContentAddressing
import Testing
import TrainingProtocol
import WireMessages

@Suite("Workers that are not to be relied upon")
struct DoubtTests {
    private static func configuration(share: Double = 0, exchange: Exchange = .factors, epochs: Int = 1)
        -> CoordinatorConfiguration
    {
        var configuration = CoordinatorConfiguration.example(
            count: 64, validation: 8, epochs: epochs, exchange: exchange)
        configuration.verifiedShare = share
        return configuration
    }

    // MARK: Progress

    @Test(
        "a worker whose thread is stuck while it beats is told why and set apart, and the run ends",
        arguments: [0.0, 1.0], [LeaseKind.check, .extract, .gradient, .evaluate])
    func stuckWorker(share: Double, kind: LeaseKind) {
        for exchange in Exchange.allCases {
            var cluster = ClusterInMemory(Self.configuration(share: share, exchange: exchange))
            cluster.delays[2] = { $0.id.kind == kind ? nil : 0 }
            for worker in 1...2 { cluster.startWorker(worker) }
            cluster.run(untilSecond: 600)
            #expect(cluster.end == .completed)
            let isLong = cluster.now > .seconds(300)
            let isTold = cluster.logs.contains { $0.contains("it has not got on with") }
            #expect(isTold == isLong)
        }
    }

    /// Worker 1 says twice a second that it has nothing to do.
    private static func sayIdle(_ cluster: inout ClusterInMemory) {
        let status = WorkerStatus(picturesExtracted: 0, picturesFromStore: 0, activity: "idle")
        for half in 0..<1200 {
            cluster.after(Double(half) / 2 + 0.01) { $0.feed(.received(.heartbeat(status), from: 1)) }
        }
    }

    @Test(
        "a worker that never answers and says that it has nothing is not waited for",
        arguments: [LeaseKind.check, .extract, .gradient, .evaluate], [false, true])
    func saysItHasNothing(kind: LeaseKind, provesWorkers: Bool) {
        var configuration = Self.configuration(share: 1)
        configuration.provesWorkers = provesWorkers
        var cluster = ClusterInMemory(configuration)
        cluster.delays[1] = { $0.id.kind == kind ? nil : 0 }
        for worker in 1...2 { cluster.startWorker(worker) }
        Self.sayIdle(&cluster)
        cluster.run(untilSecond: 600)
        #expect(cluster.end == .completed)
    }

    @Test("a worker whose answers were lost has work again when it says that it has none")
    func lostAnswers() {
        var cluster = ClusterInMemory(Self.configuration())
        // Of the other nothing but its checks is ever done.
        cluster.delays[1] = { $0.id.kind == .check ? nil : 0 }
        cluster.delays[2] = { $0.id.kind == .check ? 0 : nil }
        for worker in 1...2 { cluster.startWorker(worker) }
        Self.sayIdle(&cluster)
        cluster.run(untilSecond: 250)
        #expect(cluster.end == .completed)
    }

    @Test("a lease that failed once is not left to a worker that is stuck with it")
    func failedOnce() {
        var hasFailed = false
        var cluster = ClusterInMemory(Self.configuration())
        cluster.delays[2] = { $0.id.kind == .extract ? nil : 0 }
        cluster.answers[1] = { lease, right in
            guard lease.id.kind == .extract, lease.id.step == 1, !hasFailed else { return right }
            hasFailed = true
            return .failed(reason: "its picture could not be had")
        }
        for worker in 1...2 { cluster.startWorker(worker) }
        cluster.run(untilSecond: 600)
        #expect(cluster.end == .completed)
    }

    @Test("gradients that are left to a stuck worker are done by others when it has as many as it may have")
    func leftToTheStuck() {
        var configuration = CoordinatorConfiguration.example(count: 512, batchSize: 256, epochs: 1)
        configuration.limits.lookaheadPictures = 512
        var cluster = ClusterInMemory(configuration)
        cluster.delays[2] = { $0.id.kind == .gradient ? nil : 0 }
        for worker in 1...2 { cluster.startWorker(worker, secondsPerPicture: 0.01) }
        cluster.run(untilSecond: 50)
        #expect(cluster.end == .completed)
    }

    @Test("a slow worker that answers is never set apart, however much others are faster")
    func slowWorker() {
        var cluster = ClusterInMemory(Self.configuration(share: 1, epochs: 3))
        cluster.startWorker(1)
        cluster.startWorker(2, secondsPerPicture: 5)
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(!cluster.logs.contains { $0.contains("set apart") })
    }

    @Test("a worker that is alone is waited for")
    func aloneAndStuck() {
        var cluster = ClusterInMemory(Self.configuration())
        cluster.delays[1] = { $0.id.kind == .gradient ? 300 : 0 }
        cluster.startWorker(1)
        cluster.run()
        #expect(cluster.end == .completed)
    }

    // MARK: Disputes

    private static func corrupted(_ right: Outcome) -> Outcome {
        switch right {
        case .factorGradient(var gradient):
            let count = gradient.scores.count
            gradient.delta = Tensor([Float](repeating: 1, count: count), shape: [count, 1])
            return .factorGradient(gradient)
        case .denseGradient(_, let gradient):
            return .denseGradient(kernel: Tensor([1], shape: [1]), gradient)
        case .evaluated(let scores):
            return .evaluated(scores.map { SampleScore(loss: 9, predicted: $0.predicted) })
        case .checked, .extracted, .failed: return right
        }
    }

    private static func isCorrupted(_ update: StepUpdate) -> Bool {
        update.chunks.contains { isCorrupted($0.outcome) }
    }

    private static func isCorrupted(_ outcome: Outcome) -> Bool {
        switch outcome {
        case .factorGradient(let gradient): gradient.delta.floats.contains { $0 != 0 }
        case .denseGradient(let kernel, _): kernel.floats != [0]
        case .checked, .extracted, .evaluated, .failed: true
        }
    }

    /// Worker 1 answers leases of a kind late, by so many seconds; worker 2, who takes them over, wrongly.
    private static func lateRight(
        _ kind: LeaseKind, _ exchange: Exchange, seconds: Double, workers: Int,
        plan: (inout ClusterInMemory) -> Void = { _ in }
    ) -> ClusterInMemory {
        var cluster = ClusterInMemory(configuration(exchange: exchange))
        cluster.delays[1] = { $0.id.kind == kind ? seconds : 0 }
        cluster.answers[2] = { lease, right in lease.id.kind == kind ? corrupted(right) : right }
        for worker in 1...workers { cluster.startWorker(worker) }
        plan(&cluster)
        cluster.run()
        return cluster
    }

    /// The chunks over which workers differed, as the log names them.
    private static func disputed(in cluster: ClusterInMemory) throws -> [(step: Int, chunk: Int)] {
        try cluster.logs.filter { $0.contains("gave different answers") }.map { line in
            let name = try #require(line.firstMatch(of: /gradient (\d+)\/(\d+)/))
            return (try #require(Int(name.1)), try #require(Int(name.2)))
        }
    }

    @Test(
        "a run that is interrupted in a dispute saves nothing that may be wrong",
        arguments: Exchange.allCases)
    func interruptedInDispute(exchange: Exchange) throws {
        var interruptions = 0
        for place in 0..<60 {
            let cluster = Self.lateRight(
                .gradient, exchange, seconds: 0.5 + Double(place) * 0.005, workers: 2
            ) { cluster in
                for moment in 0..<3000 {
                    cluster.after(Double(moment) * 0.01) { cluster in
                        guard cluster.logs.contains(where: { $0.contains("gave different answers") }) else {
                            return
                        }
                        cluster.feed(.stopRequested)
                    }
                }
            }
            guard let (step, chunk) = try Self.disputed(in: cluster).first else { continue }
            interruptions += 1
            #expect(cluster.end != nil && cluster.end != .completed)
            let wrong = cluster.applied.contains {
                $0.step == step && Self.isCorrupted($0.chunks[chunk].outcome)
            }
            #expect(!wrong || cluster.checkpoints.allSatisfy { $0.step <= step })
        }
        #expect(interruptions > 0)
    }

    @Test(
        "no gradient is applied that another worker contradicted before, unless it proved right",
        arguments: Exchange.allCases)
    func disputesBind(exchange: Exchange) throws {
        var disputes = 0
        for place in 0..<60 {
            let cluster = Self.lateRight(
                .gradient, exchange, seconds: 0.5 + Double(place) * 0.005, workers: 2 + place % 2)
            #expect(cluster.missingWeights.isEmpty)
            for (step, chunk) in try Self.disputed(in: cluster) {
                disputes += 1
                guard cluster.end == .completed else { continue }
                let update = try #require(cluster.applied.first { $0.step == step })
                #expect(!Self.isCorrupted(update.chunks[chunk].outcome), "gradient \(step)/\(chunk)")
            }
        }
        #expect(disputes > 0)
    }

    @Test("who failed a lease first and answers it after all is heard", arguments: Exchange.allCases)
    func failedFirst(exchange: Exchange) {
        let lease = LeaseID(kind: .gradient, step: 1, chunk: 0)
        var late: LeaseResult?
        var cluster = ClusterInMemory(Self.configuration(exchange: exchange))
        cluster.answers[1] = { asked, right in
            guard asked.id == lease else { return right }
            late = LeaseResult(to: asked, seconds: 0, outcome: right)
            return .failed(reason: "out of memory")
        }
        cluster.answers[2] = { asked, right in asked.id == lease ? Self.corrupted(right) : right }
        for worker in 1...2 { cluster.startWorker(worker) }
        for moment in 0..<1000 {
            cluster.after(Double(moment) * 0.01) { cluster in
                guard let result = late, cluster.applied.contains(where: { $0.step == 1 }) else { return }
                late = nil
                cluster.feed(.received(.result(result), from: 1))
            }
        }
        cluster.run()
        #expect(cluster.applied.contains { $0.step == 1 && Self.isCorrupted($0) })
        #expect(late == nil && cluster.end != nil && cluster.end != .completed)
        #expect(cluster.checkpoints.allSatisfy { $0.step <= 1 })
    }

    // MARK: Pictures

    @Test("one worker's word that pictures can't be read is not enough, and it is set apart")
    func callsAllUnreadable() {
        for workers in [1, 3] {
            var configuration = Self.configuration()
            configuration.limits.picturesPerCheck = 4
            var cluster = ClusterInMemory(configuration)
            cluster.unreadable = [configuration.training[3].digest]
            cluster.answers[1] = { lease, right in
                guard case .checked(let reasons) = right else { return right }
                return .checked(reasons.map { $0 ?? "looks odd" })
            }
            for worker in 1...workers { cluster.startWorker(worker) }
            cluster.run(untilSecond: 100)
            #expect(cluster.logs.contains { $0.contains("called pictures unreadable that can be read") })
            guard workers > 1 else { continue }
            #expect(cluster.end == .completed)
            #expect(cluster.leftOut.map(\.name) == ["t3"])
        }
    }

    @Test("a picture that can't be read for no reason is left out, with words that say so")
    func emptyReason() {
        let configuration = Self.configuration()
        var cluster = ClusterInMemory(configuration)
        cluster.unreadable = [configuration.training[3].digest]
        cluster.answers[1] = { _, right in
            guard case .checked(let reasons) = right else { return right }
            return .checked(reasons.map { $0 == nil ? nil : "" })
        }
        cluster.startWorker(1)
        cluster.run()
        #expect(cluster.leftOut.map(\.name) == ["t3"])
    }

    @Test("a picture that was called readable and can't be is named, and remembered")
    func calledReadable() {
        let configuration = Self.configuration()
        let bad = configuration.training[3].digest
        var cluster = ClusterInMemory(configuration)
        cluster.unreadable = [bad]
        cluster.answers[1] = { lease, right in
            switch (lease.work, right) {
            case (.check, .checked(let reasons)): return .checked(reasons.map { _ in nil })
            case (.extract(let samples, _), _) where samples.contains(where: { $0.picture == bad }):
                return .failed(reason: "picture \(bad.hex): cut short")
            default: return right
            }
        }
        cluster.startWorker(1)
        cluster.run()
        guard case .failed(let reason) = cluster.end else {
            Issue.record("the run went on")
            return
        }
        #expect(reason.contains("t3 was called readable") && reason.contains("begin the run anew"))
        #expect(cluster.remembered.map(\.name) == ["t3"])
    }

    @Test("a run that is resumed with other readable pictures says so and stops")
    func otherPictures() {
        var cluster = ClusterInMemory(Self.configuration())
        cluster.startWorker(1)
        cluster.run()
        #expect(cluster.end == .completed)
        let position = cluster.checkpoints[0]
        #expect(position.readable != nil)
        var changed = Self.configuration(epochs: 2)
        changed.training[5].verdict = .unreadable(reason: "an old decoder said so")
        var resumed = ClusterInMemory(changed, position: position)
        resumed.startWorker(1)
        resumed.run()
        guard case .failed(let reason) = resumed.end else {
            Issue.record("the run went on")
            return
        }
        #expect(reason.contains("other pictures can be read") && reason.contains("verdicts"))
        // The same at its beginning, before there is a checkpoint.
        changed.readable = position.readable
        var begun = ClusterInMemory(changed)
        begun.startWorker(1)
        begun.run()
        #expect(begun.end == .failed(reason: reason))
    }
}
