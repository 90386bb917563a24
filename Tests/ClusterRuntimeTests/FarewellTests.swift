import ClusterTestSupport
import ContentAddressing
import Foundation
import TestSupport
import Testing
import TrainingProtocol
import WireMessages

@testable import ClusterHarness
@testable import ClusterRuntime

@Suite("Who is away at the end is known")
struct AbsenteesTests {
    private static func hello(_ name: String, host: String = "h") -> WorkerMessage {
        .hello(
            Hello(
                protocolVersion: protocolVersion, workerID: name, host: host, processID: 1, threads: 1,
                kernels: "", arithmetic: ContentDigest(hashing: [])))
    }

    private static func at(_ seconds: Double) -> Instant { Instant(.seconds(seconds)) }

    @Test("one whose connection ended is away until it is back, or has lost its patience")
    func away() {
        var absentees = Absentees()
        absentees.note(Self.hello("a", host: "x"), from: 1)
        absentees.note(Self.hello("b", host: "y"), from: 2)
        #expect(absentees.hosts(now: Self.at(1)).isEmpty)
        absentees.lose(1, now: Self.at(2))
        absentees.lose(2, now: Self.at(3))
        #expect(absentees.hosts(now: Self.at(4)) == ["y", "x"])
        absentees.note(Self.hello("a", host: "x"), from: 3)
        #expect(absentees.hosts(now: Self.at(5)) == ["y"])
        #expect(absentees.hosts(now: Self.at(602)) == ["y"] && absentees.hosts(now: Self.at(604)).isEmpty)
    }

    @Test("who leaves, was told not to come back, or is there over another connection isn't away")
    func notAway() {
        var absentees = Absentees()
        for peer in 1...3 { absentees.note(Self.hello("\(peer)"), from: peer) }
        absentees.note(.leaving(reason: "enough"), from: 1)
        absentees.note(sent: .refused(reason: "wrong"), to: 2)
        absentees.note(Self.hello("3"), from: 4)
        for peer in 1...3 { absentees.lose(peer, now: Self.at(1)) }
        absentees.lose(9, now: Self.at(1))
        #expect(absentees.hosts(now: Self.at(2)).isEmpty)
    }

    @Test("a new process of a host is there in place of one that was lost, and of one only")
    func replaced() {
        var absentees = Absentees()
        for peer in 1...2 { absentees.note(Self.hello("\(peer)"), from: peer) }
        for peer in 1...2 { absentees.lose(peer, now: Self.at(Double(peer))) }
        absentees.note(Self.hello("3", host: "other"), from: 3)
        #expect(absentees.hosts(now: Self.at(5)) == ["h", "h"])
        absentees.note(Self.hello("4"), from: 4)
        #expect(absentees.hosts(now: Self.at(5)) == ["h"])
    }
}

@Suite("Real workers hear how the run ended", .serialized, .ending)
struct EndOfRunTests {
    /// A cluster of two workers in its last epochs, the second of which is stopped until it counts as gone.
    private func cluster(_ run: LocalRun, linger: Int) throws -> (LocalCluster, stopped: ClusterProcess) {
        var plan = run.cluster(run: "run", epochs: 12, ["--augment", "none", "--linger", "\(linger)"])
        plan.usesProxy = true
        plan.workerOptions += ["--patience", "3"]
        let cluster = try LocalCluster(plan)
        let stopped = try cluster.startWorker()
        #expect(cluster.coordinator.waitForLine { $0.contains(" joined from host ") } != nil)
        try cluster.startWorker()
        #expect(cluster.coordinator.waitForLine { $0.contains("epoch  1/12") } != nil)
        // Round trips so long that the run goes on while the worker is being missed.
        cluster.proxy?.set { $0.delay = .milliseconds(300) }
        stopped.send(signal: SIGSTOP)
        #expect(cluster.coordinator.waitForLine(seconds: 30) { $0.contains(") is gone: ") } != nil)
        cluster.proxy?.set { $0.delay = .zero }
        return (cluster, stopped)
    }

    @Test("a worker that is away at the end is told when it comes back, and leaves in order")
    func lingers() throws {
        let run = try LocalRun(pictures: 4)
        let (cluster, stopped) = try cluster(run, linger: 100)
        #expect(
            cluster.coordinator.waitForLine { $0.contains("to tell 1 workers") } != nil,
            "\(cluster.coordinator.lastLines)")
        _ = try cluster.modelDigest()
        stopped.send(signal: SIGCONT)
        #expect(stopped.waitForEnd() == .exited(0), "\(stopped.lastLines)")
        #expect(cluster.coordinator.waitForEnd() == .exited(0), "\(cluster.coordinator.lastLines)")
    }

    @Test("one that comes back too late gives up with a status of its own")
    func tooLate() throws {
        let run = try LocalRun(pictures: 4)
        let (cluster, stopped) = try cluster(run, linger: 0)
        #expect(cluster.coordinator.waitForEnd() == .exited(0), "\(cluster.coordinator.lastLines)")
        stopped.send(signal: SIGCONT)
        #expect(stopped.waitForEnd() == .exited(69), "\(stopped.lastLines)")
        #expect(stopped.lastLines.contains("--patience"))
    }

    @Test("where the model can't be written the workers hear that, not that all went well, and wait")
    func unwritten() throws {
        let run = try LocalRun(pictures: 4)
        var plan = run.cluster(run: "run", epochs: 2)
        plan.workerOptions += ["--patience", "2"]
        let cluster = try LocalCluster(plan)
        let worker = try cluster.startWorker()
        #expect(cluster.coordinator.waitForLine { $0.contains("epoch 1/2") } != nil)
        try FileManager.default.createDirectory(
            atPath: run.folder.path("run/model.safetensors"), withIntermediateDirectories: false)
        #expect(cluster.coordinator.waitForEnd() == .exited(1), "\(cluster.coordinator.lastLines)")
        #expect(worker.waitForEnd() == .exited(69), "\(worker.lastLines)")
        #expect(worker.lastLines.contains("the run failed: ") && !worker.lastLines.contains("complete"))
    }
}
