import ClusterTestSupport
import ContentAddressing
import Foundation
import TestSupport
import Testing
import ZeroMQTransport

@testable import ClusterRuntime

@Suite("One honest worker beside a bad one that was let in", .serialized, .ending)
struct BadWorkerTests {
    /// Lines of the log; what is repeated must be summed.
    private static let linesAtMost = 300
    /// More than a coordinator of the calm run holds, in bytes: what a worker takes, for its own opinion, and
    /// for what it does beside.
    private static let memoryAtMost = (400 + 192) << 20

    @Test(
        "trains the calm run's bytes, with a log and memory that stay small",
        arguments: BadWorker.Way.allCases,
        ["factors", "gradients"])
    func trains(beside way: BadWorker.Way, exchange: String) throws {
        let run = try LocalRun(pictures: 8)
        let options = ["--augment", "none", "--exchange", exchange]
        let calm = try Self.watched(Program.Running(run.arguments(run: "calm", epochs: 6, options)))
        #expect(calm.finished.status == 0, "\(calm.finished.errors)")
        try Program.run(["keygen", run.folder.path("keys")])
        let endpoint = try LocalRun.address()
        let access = ["--listen", endpoint, "--keys", run.folder.path("keys")]
        let coordinator = try Program.Running(
            run.arguments("coordinator", run: "run", epochs: 6, options + access))
        #expect(coordinator.wait { $0.contains("listening at") })
        let text = try String(contentsOfFile: run.folder.path("keys/token"), encoding: .utf8)
        let bad = BadWorker(way, endpoint: endpoint, token: try JoinToken(parsing: text))
        // It has the first leases for itself.
        #expect(coordinator.wait { $0.contains("joined from host bad") })
        usleep(300_000)
        let honest = try Program.Running([
            "worker", "--connect", endpoint, "--token-file", run.folder.path("keys/token"), "--threads", "1",
            "--cache", run.folder.path("honest"),
        ])
        let (finished, most, seconds) = Self.watched(coordinator)
        let complaint = bad.stop()
        #expect(finished.status == 0, "\(finished.errors.suffix(3_000)); the bad one: \(complaint ?? "")")
        #expect(try run.model(of: "run") == run.model(of: "calm"))
        let lines = finished.errors.split(separator: "\n").count
        #expect(lines <= Self.linesAtMost, "\(finished.errors.prefix(3_000))")
        #expect(most <= calm.memory + Self.memoryAtMost, "\(most >> 20) MiB, \(calm.memory >> 20) in peace")
        #expect(honest.wait().status == 0)
        print(
            "\(way), \(exchange): \(seconds) s with the honest one, \(calm.seconds) s in peace; "
                + "\(bad.messages) messages, \(lines) lines, \(most >> 20) MiB; \(complaint ?? "")"
        )
    }

    /// Waits for a process' end; the most memory that it was seen to hold, in bytes, and the time.
    private static func watched(
        _ process: Program.Running
    ) -> (finished: Program.Finished, memory: Int, seconds: Int) {
        var most = 0
        let start = ContinuousClock.now
        while process.isRunning {
            most = max(most, memory(of: process.processID) ?? 0)
            usleep(20_000)
        }
        return (process.wait(), most, Int((ContinuousClock.now - start).components.seconds))
    }

    /// What a process holds now, in bytes.
    private static func memory(of process: pid_t) -> Int? {
        let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        return status?.firstMatch(of: /VmRSS:\s*(\d+) kB/).flatMap { Int($0.1) }.map { $0 << 10 }
    }
}
