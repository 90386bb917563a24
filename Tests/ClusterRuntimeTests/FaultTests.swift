import ClusterTestSupport
import ContentAddressing
import Foundation
import TestSupport
import Testing

@testable import ClusterHarness
@testable import ClusterRuntime

/// Faults with a real coordinator and real workers, which bring nothing; the file is that of the calm run.
@Suite("Faults change the time and no byte", .serialized, .ending)
struct FaultTests {
    /// Stops a worker until the coordinator says that it does `work`, and kills it while it is stopped: so it
    /// died with that work in its hands.
    private func kill(_ worker: ClusterProcess, of cluster: LocalCluster, while work: String) throws {
        func isSeen(doing work: String) -> Bool? {
            cluster.report(on: worker)?.split(separator: "; heard").first?.contains(work)
        }
        let deadline = ContinuousClock.now + .seconds(120)
        defer { worker.send(signal: SIGCONT) }
        while ContinuousClock.now < deadline, cluster.coordinator.end == nil {
            guard let isJoining = isSeen(doing: "joining"), !isJoining || work == "joining" else { continue }
            worker.send(signal: SIGSTOP)
            // Stopped, it is given its share of what comes next all the same; if that is something else, it
            // goes on to another moment.
            let stopped = ContinuousClock.now
            while ContinuousClock.now - stopped < .milliseconds(200), cluster.coordinator.end == nil {
                guard isSeen(doing: work) == true else { continue }
                let moment = ContinuousClock.now
                worker.send(signal: SIGKILL)
                let gone = try #require(
                    cluster.coordinator.waitForLine(since: moment) { $0.contains(") is gone: ") })
                print("killed while \(work): noticed after \(gone.at - moment): \(gone.text)")
                return
            }
            worker.send(signal: SIGCONT)
            usleep(.random(in: 20_000...150_000))
        }
        Issue.record("the worker was never seen to do \(work):\n\(cluster.coordinator.lastLines)")
    }

    private func finish(_ cluster: LocalCluster, sourceLocation: SourceLocation = #_sourceLocation) throws
        -> ContentDigest
    {
        let end = cluster.coordinator.waitForEnd(seconds: 240)
        #expect(end == .exited(0), "\(cluster.coordinator.lastLines)", sourceLocation: sourceLocation)
        for worker in cluster.livingWorkers {
            #expect(worker.waitForEnd() == .exited(0), "\(worker.lastLines)", sourceLocation: sourceLocation)
        }
        return try cluster.modelDigest()
    }

    @Test(
        "of seven workers, one is killed while it joins, checks, extracts, contributes, evaluates, and idles")
    func killedInEveryPhase() throws {
        let run = try LocalRun(pictures: 16)
        let options = ["--augment", "none", "--feature-store", "0"]
        let expected = try run.train(run: "calm", epochs: 200, options)
        var plan = run.cluster(run: "shaken", epochs: 200, options)
        plan.workerOptions += ["--feature-store", "0"]
        plan.usesProxy = true
        let cluster = try LocalCluster(plan)
        // Pictures come so slowly that their check takes seconds.
        cluster.proxy?.set { $0.bytesPerSecond = 60_000 }
        #expect(cluster.coordinator.waitForLine { $0.contains("listening at") } != nil)

        let joining = try cluster.startWorker()
        #expect(cluster.coordinator.waitForLine { $0.contains(" joined from host ") } != nil)
        try kill(joining, of: cluster, while: "joining")
        try kill(cluster.startWorker(), of: cluster, while: "check ")
        cluster.proxy?.set { $0.bytesPerSecond = nil }
        // Each alone, so that nobody else does all of it first; idle is who has somebody beside it.
        for work in ["extract ", "evaluate ", "gradient "] {
            try kill(cluster.startWorker(), of: cluster, while: work)
        }
        let idle = try cluster.startWorker()
        try cluster.startWorker()
        try kill(idle, of: cluster, while: "holds no lease")
        #expect(try finish(cluster) == expected)
    }

    @Test("a worker stopped for 20 seconds and continued, and one that joins late")
    func stoppedAndLate() throws {
        let run = try LocalRun(pictures: 12)
        let expected = try run.train(run: "calm", epochs: 30)
        var plan = run.cluster(run: "shaken", epochs: 30)
        plan.usesProxy = true
        let cluster = try LocalCluster(plan)
        let worker = try cluster.startWorker()
        try cluster.startWorker()
        #expect(
            cluster.coordinator.waitForLine { $0.contains("epoch  1/30") } != nil,
            "\(cluster.coordinator.lastLines)"
        )
        // Round trips so long that the run, on any machine, goes on when the worker comes back.
        cluster.proxy?.set { $0.delay = .milliseconds(300) }
        let stopped = ContinuousClock.now
        worker.send(signal: SIGSTOP)
        let late = try cluster.startWorker()
        #expect(
            cluster.coordinator.waitForLine(since: stopped, seconds: 15) { $0.contains(") is gone: ") } != nil
        )
        let times = cluster.times(ofLoss: worker, at: stopped)
        usleep(useconds_t(max(0, 20 - (ContinuousClock.now - stopped).inSeconds) * 1e6))
        cluster.proxy?.set { $0.delay = .zero }
        worker.send(signal: SIGCONT)
        print(
            "stopped: noticed after \(times?.detection.description ?? "?"), "
                + "taken over after \(times?.takeover?.description ?? "?")")
        #expect(try finish(cluster) == expected)
        #expect(cluster.number(of: late) == 3)
        let number = try #require(cluster.number(of: worker))
        #expect(
            cluster.coordinator.lines.count { $0.text.contains("worker \(number) joined") } == 2,
            "the stopped worker is back under its number")
    }

    @Test("the coordinator killed again and again at random moments, workers killed and cut off meanwhile")
    func chaos() throws {
        let run = try LocalRun(pictures: 12)
        let expected = try run.train(run: "calm", epochs: 6)
        var chaos = ChaosPlan()
        chaos.seed = 1
        chaos.killEvery = 6
        chaos.cutEvery = 4
        chaos.killCoordinatorEvery = 1.5
        chaos.faultSeconds = 30
        chaos.joinAfter = 2
        let plan = run.cluster(run: "shaken", epochs: 6, ["--checkpoint-seconds", "1"])
        var shaken = try ChaosRun(chaos, cluster: plan) { print($0) }
        let outcome = try shaken.run()
        print(
            "recoveries \(outcome.recoveries), detections \(outcome.detections), takeovers \(outcome.takeovers)"
        )
        #expect(outcome.model == expected)
        #expect(outcome.coordinatorKills >= 15)
        #expect(outcome.workerKills >= 3)
        #expect(outcome.cuts >= 4)
    }

    @Test(
        "the coordinator killed when the model is written and not all workers have left: the next one sees to it"
    )
    func killedInFarewell() throws {
        let run = try LocalRun(pictures: 4)
        let options = ["--augment", "none"]
        let expected = try run.train(run: "calm", epochs: 20, options)
        var plan = run.cluster(run: "shaken", epochs: 20, options)
        plan.usesProxy = true
        let cluster = try LocalCluster(plan)
        try cluster.startWorker()
        try cluster.startWorker()
        #expect(cluster.coordinator.waitForLine { $0.contains("epoch 18/20") } != nil)
        // The farewell is so long on its way that the cut comes before it.
        cluster.proxy?.set { $0.delay = .milliseconds(500) }
        let deadline = ContinuousClock.now + .seconds(60)
        while (try? cluster.modelDigest()) == nil, ContinuousClock.now < deadline { usleep(1_000) }
        cluster.coordinator.send(signal: SIGKILL)
        cluster.proxy?.cut()
        cluster.proxy?.set { $0.delay = .zero }
        #expect(cluster.coordinator.waitForEnd() == .signalled(SIGKILL), "\(cluster.coordinator.lastLines)")
        #expect(cluster.livingWorkers.count == 2, "nobody has heard of the end")
        try cluster.restartCoordinator()
        #expect(try finish(cluster) == expected)
    }

    @Test(
        "over a link on which weights and gradients take longer than a silence may, nobody is taken for gone")
    func slowLink() throws {
        let run = try LocalRun(pictures: 2)
        let options = ["--exchange", "gradients", "--augment", "none", "--hidden-units", "128"]
        let expected = try run.train(run: "calm", epochs: 1, options)
        var plan = run.cluster(run: "shaken", epochs: 1, options)
        plan.usesProxy = true
        let cluster = try LocalCluster(plan)
        // 12.8 MB each way in 12.8 s, beside pictures.
        cluster.proxy?.set { $0.bytesPerSecond = 1_000_000 }
        try cluster.startWorker()
        #expect(try finish(cluster) == expected)
        #expect(!cluster.coordinator.lines.contains { $0.text.contains(" is gone: its connection") })
        #expect(cluster.coordinator.lines.count { $0.text.contains(" joined from host ") } == 1)
        #expect(!cluster.coordinator.lines.contains { $0.text.contains("answers dropped") })
    }

    @Test("asked by SIGUSR1, coordinator and worker say for whom they wait and what they do")
    func reports() throws {
        let run = try LocalRun(pictures: 4)
        let cluster = try LocalCluster(run.cluster(run: "asked", epochs: 1))
        #expect(cluster.coordinator.waitForLine { $0.contains("listening at") } != nil)
        cluster.coordinator.send(signal: SIGUSR1)
        #expect(cluster.coordinator.waitForLine { $0.contains("waiting for workers, 0 of 1") } != nil)
        let worker = try cluster.startWorker()
        #expect(worker.waitForLine { $0.contains("joined the run") } != nil)
        worker.send(signal: SIGUSR1)
        #expect(
            worker.waitForLine { $0.contains("worker 1 of the coordinator at \(cluster.address)") } != nil)
        #expect(cluster.report(on: worker)?.contains("it says: ") == true)
        _ = try finish(cluster)
    }
}
