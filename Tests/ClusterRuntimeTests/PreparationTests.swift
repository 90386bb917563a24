import ClusterTestSupport
import ContentAddressing
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing
import TrainingReports

@testable import ClusterRuntime

@Suite("A run that reads its pictures for long", .serialized, .ending)
struct PreparationTests {
    @Test("a worker that came first waits beyond its --connect-timeout, joins, and trains the same bytes")
    func worker() throws {
        let run = try LocalRun(pictures: 2)
        let expected = try run.train(run: "calm", epochs: 1)
        let address = try LocalRun.address()
        let worker = try Program.Running([
            "worker", "--connect", address, "--cache", run.folder.path("worker"), "--connect-timeout", "4",
            "--threads", "1",
        ])
        var plan = TrainingPlan(
            trainDirectory: run.folder.path("data/train"), output: run.folder.path("run"))
        plan.validation = .folder(run.folder.path("data/val"))
        (plan.weights, plan.epochs, plan.batchSize) = (.random(7), 1, 12)
        plan.listenEndpoint = address
        let lines = Mutex<[String]>([])
        let display = ProgressDisplay(terminalColumns: nil) { text in lines.withLock { $0.append(text) } }
        let environment = try RuntimeEnvironment(
            executablePath: Program.path,
            variables: ["HOME": run.folder.path, "XDG_CACHE_HOME": run.folder.path("own")],
            terminalColumns: nil, display: display, logger: Logger(label: "test"))
        let heard = Mutex(false)
        // It is read there while this thread waits.
        nonisolated(unsafe) let waiting = worker
        let outcome = try coordinate(plan, startsWorkers: false, environment: environment) {
            let isHeard = waiting.wait { $0.contains("preparing, 0 % of 0 pictures read") }
            heard.withLock { $0 = isHeard }
            // Twice as long as it would wait for one that is silent.
            sleep(8)
        }
        #expect(heard.withLock { $0 }, "\(worker.errors)")
        #expect(outcome.end == .completed && outcome.canResume)
        let finished = worker.wait()
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(try run.model(of: "run") == expected)
    }

    @Test("a signal ends it at once with 130, and nothing says that there is something to resume")
    func signal() throws {
        let run = try LocalRun(pictures: 2)
        // A hole of so many bytes is minutes of hashing.
        let large = try run.folder.write("data/train/circles/large.png", [])
        let handle = try FileHandle(forWritingTo: URL(filePath: large))
        try handle.truncate(atOffset: 300 << 30)
        try handle.close()
        let page = "127.0.0.1:\(try LocalRun.freePort())"
        let training = try Program.Running(
            run.arguments(run: "run", ["--log-level", "debug", "--dashboard", page]))
        #expect(training.wait { $0.contains("live page") })
        let shown = Mutex("")
        for _ in 0..<100 where !shown.withLock({ $0.contains("pictures read") }) {
            usleep(100_000)
            let text =
                (try? String(contentsOf: #require(URL(string: "http://\(page)/")), encoding: .utf8)) ?? ""
            shown.withLock { $0 = text }
        }
        #expect(shown.withLock { $0.contains("The run is preparing, ") })
        training.send(signal: SIGUSR1)
        #expect(training.wait { $0.contains("pictures read") })
        training.send(signal: SIGINT)
        let finished = training.wait()
        #expect(finished.status == 130, "\(finished.errors)")
        #expect(finished.output.contains("before the run had begun"))
        #expect(!FileManager.default.fileExists(atPath: run.folder.path("run")))
    }
}
