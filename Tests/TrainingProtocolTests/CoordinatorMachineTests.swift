import ContentAddressing
import Testing
import TrainingProtocol
import WireMessages

@Suite("The coordinator's state machine")
struct CoordinatorMachineTests {
    /// Every step once, in order, each with the samples that the schedule says.
    private func expectWholeSchedule(
        _ cluster: ClusterInMemory, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let configuration = cluster.coordinator.configuration
        let schedule = TrainingSchedule(
            sampleCount: configuration.training.count - cluster.leftOut.count,
            batchSize: configuration.batchSize,
            epochs: configuration.epochs, seed: configuration.session.seed)
        #expect(cluster.end == .completed, sourceLocation: sourceLocation)
        #expect(cluster.applied.map(\.step) == Array(0..<schedule.stepCount), sourceLocation: sourceLocation)
        for update in cluster.applied {
            let order = schedule.order(epoch: schedule.epoch(ofStep: update.step))
            let samples = order[schedule.places(ofStep: update.step)]
            #expect(update.chunks.flatMap(\.samples) == Array(samples), sourceLocation: sourceLocation)
            #expect(update.chunks.allSatisfy { $0.samples.count <= 8 }, sourceLocation: sourceLocation)
        }
        #expect(
            cluster.epochs.map(\.epoch) == Array(0..<configuration.epochs), sourceLocation: sourceLocation)
    }

    @Test(
        "a run does every step of the schedule once, whatever the workers, the exchange and the augmentation",
        arguments: [1, 2, 3, 7], [Exchange.factors, .gradients])
    func wholeRun(workers: Int, exchange: Exchange) {
        for (augments, keeps) in [(true, false), (false, false), (false, true)] {
            var configuration = CoordinatorConfiguration.example(
                validation: 20, epochs: 3, exchange: exchange, augments: augments)
            configuration.keepsFeatures = keeps && exchange == .factors
            var cluster = ClusterInMemory(configuration)
            for worker in 1...workers { cluster.startWorker(worker) }
            cluster.run()
            expectWholeSchedule(cluster)
            #expect(cluster.epochs.allSatisfy { $0.validationLoss == 0.5 && $0.validationAccuracy == 1 })
        }
    }

    @Test("a worker that dies costs its leases only, in every phase of the run")
    func workerDies() {
        for moment in stride(from: 0.05, to: 6, by: 0.23) {
            var cluster = ClusterInMemory(.example(validation: 20))
            cluster.startWorker(1)
            cluster.startWorker(2)
            cluster.after(moment) { $0.kill(2) }
            cluster.run()
            expectWholeSchedule(cluster)
        }
    }

    @Test("a worker that falls silent is taken for lost, and its leases go to the others")
    func workerFallsSilent() {
        var cluster = ClusterInMemory(.example())
        cluster.startWorker(1)
        cluster.startWorker(2)
        cluster.after(1) { $0.workers[2] = nil }
        cluster.run()
        expectWholeSchedule(cluster)
        // Its work may have been taken over before; it is named all the same if the run lasts long enough.
        var long = ClusterInMemory(.example(count: 400, epochs: 1, augments: true))
        long.startWorker(1)
        long.startWorker(2)
        long.after(1) { $0.workers[2] = nil }
        long.run()
        expectWholeSchedule(long)
        #expect(long.logs.contains { $0.contains("worker 2") && $0.contains("silent") })
    }

    @Test("an idle worker takes over the lease of a slow one, and the late answer is dropped")
    func slowWorker() {
        var cluster = ClusterInMemory(.example(count: 64, epochs: 1))
        cluster.startWorker(1)
        cluster.startWorker(2, secondsPerPicture: 60)
        cluster.run()
        expectWholeSchedule(cluster)
        #expect(cluster.now < .seconds(60))
    }

    @Test("a worker that joins late takes part, and one that waits at the start is waited for by name")
    func lateWorker() {
        var cluster = ClusterInMemory(.example(count: 200, epochs: 1))
        cluster.run(untilSecond: 5)
        let waiting = cluster.coordinator.waitingFor(now: Instant(cluster.now))
        #expect(waiting?.hasPrefix("waiting for workers, 0 of 1 are there, 5.0 s") == true)
        cluster.startWorker(1)
        cluster.after(3) { $0.startWorker(2) }
        cluster.run()
        expectWholeSchedule(cluster)
        #expect(cluster.leasesGranted.contains { $0.worker == 2 })
    }

    @Test("features that are kept are computed once for each picture")
    func keptFeatures() {
        var configuration = CoordinatorConfiguration.example(epochs: 5)
        configuration.keepsFeatures = true
        var cluster = ClusterInMemory(configuration)
        cluster.startWorker(1)
        cluster.startWorker(2)
        cluster.run()
        expectWholeSchedule(cluster)
        // 50 pictures in chunks of 8, batches of 16: 7 leases in the first epoch, none later.
        #expect(cluster.leasesGranted.count { $0.id.kind == .extract } == 7)
    }

    @Test(
        "without a number the look-ahead follows the slots that are there, and never fewer pictures")
    func lookaheadFollows() {
        var limits = ProtocolLimits()
        #expect(limits.lookahead(slots: 2, featureBytes: nil) == 512)
        #expect(limits.lookahead(slots: 128, featureBytes: nil) == 2048)
        #expect(limits.lookahead(slots: 128, featureBytes: 1 << 20) == 1024)
        limits.lookaheadPictures = 64
        #expect(limits.lookahead(slots: 128, featureBytes: nil) == 64)
        var configuration = CoordinatorConfiguration.example(count: 4000, epochs: 1, augments: true)
        configuration.limits.lookaheadAtLeast = 16
        var cluster = ClusterInMemory(configuration)
        for worker in 1...8 { cluster.startWorker(worker) }
        cluster.run()
        expectWholeSchedule(cluster)
        var (step, furthest) = (0, 0)
        for lease in cluster.leasesGranted where lease.id.kind != .check {
            if lease.id.kind == .gradient { step = max(step, lease.id.step) }
            furthest = max(furthest, lease.id.step - step)
        }
        // Eight workers of two slots: 256 pictures, in batches of 16.
        #expect(furthest > 8 && furthest <= 18)
    }

    @Test("extraction reaches ahead of the step by the look-ahead and no further")
    func lookahead() {
        var configuration = CoordinatorConfiguration.example(count: 800, epochs: 1, augments: true)
        configuration.limits.lookaheadPictures = 32
        var cluster = ClusterInMemory(configuration)
        for worker in 1...4 { cluster.startWorker(worker) }
        cluster.run()
        expectWholeSchedule(cluster)
        var applied = 0
        for lease in cluster.leasesGranted where lease.id.kind != .check {
            if lease.id.kind == .gradient { applied = max(applied, lease.id.step) }
            #expect(lease.id.step <= applied + 3)
        }
    }

    @Test("pictures that can't be read are left out before the first step, and listed")
    func unreadablePictures() {
        let bad = ["t3", "t17", "v5"]
        var cluster = ClusterInMemory(.example(validation: 10))
        cluster.unreadable = Set(bad.map { ContentDigest(hashing: $0.utf8) })
        cluster.startWorker(1)
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(cluster.leftOut.map(\.name) == bad)
        #expect(cluster.applied.reduce(0) { $0 + $1.chunks.flatMap(\.samples).count } == 2 * 48)
    }

    @Test("with --strict the first unreadable picture ends the run, named")
    func strict() {
        var configuration = CoordinatorConfiguration.example()
        configuration.isStrict = true
        var cluster = ClusterInMemory(configuration)
        cluster.unreadable = [ContentDigest(hashing: "t3".utf8)]
        cluster.startWorker(1)
        cluster.run()
        guard case .failed(let reason) = cluster.end else {
            Issue.record("the run went on")
            return
        }
        #expect(reason.contains("t3: cut short"))
    }

    @Test("a class whose pictures all can't be read ends the run, named")
    func classWithoutPictures() {
        var cluster = ClusterInMemory(.example(count: 6))
        cluster.unreadable = Set(["t1", "t3", "t5"].map { ContentDigest(hashing: $0.utf8) })
        cluster.startWorker(1)
        cluster.run()
        guard case .failed(let reason) = cluster.end else {
            Issue.record("the run went on")
            return
        }
        #expect(reason.hasPrefix("class b has no picture that can be read"))
    }

    @Test("a loss that is not finite stops the run, with the step and the picture")
    func nonFiniteLoss() {
        var cluster = ClusterInMemory(.example(exchange: .gradients))
        cluster.losses = [ContentDigest(hashing: "t9".utf8): .nan]
        cluster.startWorker(1)
        cluster.run()
        guard case .failed(let reason) = cluster.end else {
            Issue.record("the run went on")
            return
        }
        #expect(reason.contains("t9"))
        #expect(reason.contains("epoch 1"))
    }

    @Test("a stop saves the position, and going on from it does the rest of the schedule, at any moment")
    func resume() {
        for moment in stride(from: 1.0, to: 8, by: 0.37) {
            let configuration = CoordinatorConfiguration.example(count: 100, validation: 20, epochs: 2)
            var first = ClusterInMemory(configuration)
            first.startWorker(1)
            first.after(moment) { $0.feed(.stopRequested) }
            first.run()
            guard first.end == .interrupted else { continue }
            var second = ClusterInMemory(configuration, position: first.checkpoints.last ?? RunPosition())
            second.startWorker(1)
            second.run()
            #expect(second.end == .completed)
            #expect((first.applied + second.applied).map(\.step) == Array(0..<14), "stopped at \(moment) s")
            #expect(second.coordinator.position.history.map(\.loss) == [0.5, 0.5])
            #expect(second.coordinator.position.history.map(\.accuracy).allSatisfy { $0 > 0 })
        }
    }

    @Test("a complete run that is resumed with more epochs does these, one resumed with its own ends at once")
    func moreEpochs() {
        var first = ClusterInMemory(.example(epochs: 2))
        first.startWorker(1)
        first.run()
        let position = first.checkpoints.last ?? RunPosition()
        var same = ClusterInMemory(.example(epochs: 2), position: position)
        same.startWorker(1)
        same.run()
        #expect(same.end == .completed && same.applied.isEmpty)
        var more = ClusterInMemory(.example(epochs: 3), position: position)
        more.startWorker(1)
        more.run()
        #expect(more.end == .completed)
        #expect(more.applied.map(\.step) == [8, 9, 10, 11])
        #expect(more.coordinator.position.history.map(\.epoch) == [0, 1, 2])
    }

    @Test("a limit of time stops the run with its state saved and its model usable")
    func timeLimit() {
        var configuration = CoordinatorConfiguration.example(count: 400, epochs: 5, augments: true)
        configuration.maximumSeconds = 9
        var cluster = ClusterInMemory(configuration)
        cluster.startWorker(1)
        cluster.run()
        #expect(cluster.end == .stoppedEarly(reason: "the limit of 9 seconds is reached; --resume goes on"))
        #expect(cluster.now < .seconds(10))
        #expect(cluster.checkpoints.last?.step == cluster.applied.count)
    }

    @Test("a limit that is over before training begins is a failure that says so")
    func timeLimitWithoutWorkers() {
        var configuration = CoordinatorConfiguration.example()
        configuration.maximumSeconds = 3
        var cluster = ClusterInMemory(configuration)
        cluster.run(untilSecond: 10)
        guard case .failed(let reason) = cluster.end else {
            Issue.record("it waits on")
            return
        }
        #expect(reason.contains("before training began") && reason.contains("--max-seconds"))
    }

    @Test("an owner that fails saves what there is, at a whole step")
    func ownerFails() {
        for moment in stride(from: 1.5, to: 4, by: 0.13) {
            var cluster = ClusterInMemory(.example(count: 200, epochs: 1))
            cluster.startWorker(1)
            cluster.after(moment) { $0.feed(.ownerFailed(reason: "no worker is left")) }
            cluster.run()
            #expect(cluster.end == .failed(reason: "no worker is left"))
            #expect(
                cluster.checkpoints.last.map { $0.step == cluster.applied.count } ?? cluster.applied.isEmpty)
        }
    }

    @Test("validation without a picture that can be read ends the run")
    func unreadableValidation() {
        var cluster = ClusterInMemory(.example(validation: 2))
        cluster.unreadable = Set(["v0", "v1"].map { ContentDigest(hashing: $0.utf8) })
        cluster.startWorker(1)
        cluster.run()
        guard case .failed(let reason) = cluster.end else {
            Issue.record("the run went on")
            return
        }
        #expect(reason.hasPrefix("no validation picture can be read"))
    }

    @Test("workers wait for a coordinator that was interrupted and leave when the run is complete")
    func workersOutliveTheCoordinator() {
        let configuration = CoordinatorConfiguration.example(count: 100)
        var cluster = ClusterInMemory(configuration)
        cluster.startWorker(1)
        cluster.after(2) { $0.feed(.stopRequested) }
        cluster.run()
        let position = cluster.checkpoints.last ?? RunPosition()
        let ends = cluster.workerEnds
        #expect(ends.isEmpty)
        cluster.end = nil
        cluster.coordinator = CoordinatorMachine(configuration, position: position)
        cluster.openPeers = []
        cluster.connect(1)
        cluster.feed(.started)
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(cluster.applied.map(\.step) == Array(0..<14))
    }

    @Test("a worker with another protocol or other arithmetic is refused with the reason, and ends")
    func refusals() {
        var cluster = ClusterInMemory(.example())
        cluster.startWorker(1, arithmetic: ContentDigest(hashing: [9]))
        cluster.run(untilSecond: 2)
        guard case .failed(let reason) = cluster.workerEnds[1] else {
            Issue.record("it was let in")
            return
        }
        #expect(reason.contains("--allow-different-arithmetic"))
        cluster.startWorker(2)
        cluster.run()
        expectWholeSchedule(cluster)
    }

    @Test("early stopping ends the run when the loss has not improved for its patience")
    func earlyStopping() {
        var configuration = CoordinatorConfiguration.example(validation: 10, epochs: 10)
        configuration.earlyStoppingPatience = 2
        var cluster = ClusterInMemory(configuration)
        cluster.startWorker(1)
        cluster.run()
        #expect(cluster.end == .stoppedEarly(reason: "no better loss for 2 epochs"))
        #expect(cluster.epochs.count == 3)
        // Resumed with the same patience it ends at once, with more it goes on.
        let position = cluster.checkpoints.last ?? RunPosition()
        var same = ClusterInMemory(configuration, position: position)
        same.startWorker(1)
        same.run()
        #expect(same.end == .stoppedEarly(reason: "no better loss for 2 epochs") && same.applied.isEmpty)
        configuration.earlyStoppingPatience = 4
        var more = ClusterInMemory(configuration, position: position)
        more.startWorker(1)
        more.run()
        #expect(more.end == .stoppedEarly(reason: "no better loss for 4 epochs"))
        #expect(more.epochs.map(\.epoch) == [3, 4])
    }

    @Test("a worker without a coordinator says so while it waits, and gives up after its bound")
    func nobodyThere() {
        let hello = Hello(
            protocolVersion: protocolVersion, workerID: "w", host: "h", processID: 1, threads: 1,
            kernels: "neon",
            arithmetic: ContentDigest(hashing: []))
        var limits = WorkerLimits()
        limits.connectTimeout = .seconds(12)
        var worker = WorkerMachine(hello: hello, address: "tcp://nowhere:1", limits: limits)
        var actions = worker.handle(.started, now: .zero)
        actions += worker.handle(.disconnected(reason: "connection refused"), now: .zero)
        for tenth in 1...130 { actions += worker.handle(.timer, now: Instant(.milliseconds(100 * tenth))) }
        let notices = actions.compactMap { if case .log(.notice, let text) = $0 { text } else { nil } }
        #expect(notices.count == 2)
        #expect(notices.allSatisfy { $0.contains("tcp://nowhere:1") && $0.contains("connection refused") })
        guard case .leave(.unserved(let reason)) = actions.last else {
            Issue.record("it waits for ever")
            return
        }
        #expect(reason.contains("for 12 s"))
        #expect(reason.contains("--connect-timeout"))
    }

    @Test("nothing is served before hello, and the yardstick alone to whom was refused, while it is there")
    func contentBeforeHello() {
        var machine = CoordinatorMachine(.example())
        func isServed(_ digest: ContentDigest) -> Bool {
            let request = ContentRequest(digest: digest, offset: 0, length: 10)
            return machine.handle(.received(.contentRequest(request), from: 7), now: .zero).contains {
                if case .serveContent = $0 { true } else { false }
            }
        }
        let picture = machine.configuration.training[0].digest
        #expect(!isServed(Yardstick.digest) && !isServed(picture))
        let hello = Hello(
            protocolVersion: 0, workerID: "doctor", host: "doctor", processID: 1, threads: 1, kernels: "none",
            arithmetic: machine.configuration.arithmetic)
        _ = machine.handle(.received(.hello(hello), from: 7), now: .zero)
        #expect(isServed(Yardstick.digest) && !isServed(picture))
        _ = machine.handle(.peerLost(7, reason: "its connection ended"), now: .zero)
        #expect(!isServed(Yardstick.digest))
    }
}
