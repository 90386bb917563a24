import ClusterTestSupport
import ContentAddressing
import Foundation
import TestSupport
import Testing

/// The promise of the project, with real processes: one seed, one file.
@Suite("The model file is the same, byte for byte", .serialized, .ending)
struct ExactRunTests {
    @Test(
        "for 1, 2 and 3 workers, either exchange, a cold and a warm feature store, with the recipe's augmentation"
    )
    func workersAndExchanges() throws {
        let run = try LocalRun()
        let one = try run.train(run: "one", cache: "a", ["--workers", "1", "--threads", "2"])
        #expect(try run.train(run: "two", cache: "b", ["--workers", "2"]) == one)
        #expect(try run.train(run: "three", cache: "b", ["--workers", "3"]) == one)
        #expect(
            try run.train(run: "dense", cache: "a", ["--workers", "2", "--exchange", "gradients"]) == one)
        #expect(try run.train(run: "seed", cache: "a", ["--workers", "2", "--seed", "1"]) != one)
    }

    @Test("without augmentation too, and the second run takes its features from the store")
    func storeColdAndWarm() throws {
        let run = try LocalRun()
        let plain = ["--augment", "none", "--workers", "2"]
        let cold = try run.train(run: "cold", plain)
        #expect(try run.train(run: "warm", plain) == cold)
        #expect(try run.train(run: "none", cache: "bare", plain + ["--feature-store", "0"]) == cold)
        let stores = ["cache", "bare"].map {
            FileManager.default.fileExists(atPath: run.folder.path($0 + "/features"))
        }
        #expect(stores == [true, false], "train's workers are told of the bounds")
        #expect(try run.train(run: "dense", plain + ["--exchange", "gradients"]) == cold)
    }

    @Test("when a worker process is killed in the middle and another takes its place")
    func workerKilled() throws {
        let run = try LocalRun(pictures: 12)
        let expected = try run.train(run: "calm", epochs: 3, ["--workers", "2"])
        let process = try Program.Running(run.arguments(run: "killed", epochs: 3, ["--workers", "2"]))
        #expect(process.wait { $0.contains("epoch 1/3") })
        let workers = LocalRun.workers(of: process.processID)
        #expect(workers.count == 2)
        if let victim = workers.first { kill(victim, SIGKILL) }
        let finished = process.wait()
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.errors.contains("is gone"))
        #expect(try run.model(of: "killed") == expected)
    }

    @Test("with a head whose weights take more than 100 MB, in either exchange")
    func wideHead() throws {
        let run = try LocalRun(pictures: 2)
        let options = ["--hidden-units", "1400", "--augment", "none"]
        let factors = try run.train(run: "factors", epochs: 1, options)
        #expect(try run.train(run: "dense", epochs: 1, options + ["--exchange", "gradients"]) == factors)
    }

    @Test("when every worker process is killed, and when they are told to stop, and others take their places")
    func allWorkersKilled() throws {
        let run = try LocalRun(pictures: 12)
        let expected = try run.train(run: "calm", epochs: 2)
        for (name, signal) in [("killed", SIGKILL), ("stopped", SIGTERM)] {
            let process = try Program.Running(run.arguments(run: name, epochs: 2))
            #expect(process.wait { $0.contains("joined") })
            for worker in LocalRun.workers(of: process.processID) { kill(worker, signal) }
            let finished = process.wait()
            #expect(finished.status == 0, "\(finished.errors)")
            // Who is told to stop says so before it goes.
            #expect(finished.errors.contains("it leaves: signal Terminated") == (signal == SIGTERM))
            #expect(try run.model(of: name) == expected)
        }
    }

    @Test("when Ctrl-C interrupts the run, which saves its state and exits 130, and --resume goes on")
    func interruptedAndResumed() throws {
        let run = try LocalRun(pictures: 12)
        let expected = try run.train(run: "calm", epochs: 3)
        let process = try Program.Running(run.arguments(run: "stopped", epochs: 3))
        #expect(process.wait { $0.contains("epoch 1/3") })
        process.send(signal: SIGINT)
        let stopped = process.wait()
        #expect(stopped.status == 130, "\(stopped.errors)")
        #expect(stopped.output.contains("--resume"))
        let resumed = try Program.run([
            "train", run.folder.path("data/train"), "--out", run.folder.path("stopped"), "--resume",
        ])
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try run.model(of: "stopped") == expected)
        let history = try String(contentsOfFile: run.folder.path("stopped/history.csv"), encoding: .utf8)
        #expect(history.split(separator: "\n").count == 4)
        // A run can't be given fewer epochs than it has had.
        let fewer = try Program.run(
            ["train", run.folder.path("data/train"), "--out", run.folder.path("stopped"), "--resume"]
                + ["--epochs", "2"])
        #expect(fewer.status == 64 && fewer.errors.contains("--epochs"), "\(fewer.errors)")
    }

    @Test("when the coordinator is killed, and its workers wait for the one that resumes")
    func coordinatorKilled() throws {
        let run = try LocalRun(pictures: 12)
        let expected = try run.train(run: "calm", epochs: 3)
        let address = try LocalRun.address()
        let options = ["--listen", address, "--checkpoint-seconds", "1"]
        let coordinator = try Program.Running(run.arguments("coordinator", run: "killed", epochs: 3, options))
        let worker = ["worker", "--connect", address, "--cache", run.folder.path("cache"), "--threads", "1"]
        let workers = try (0..<2).map { _ in try Program.Running(worker) }
        #expect(coordinator.wait { $0.contains("epoch 1/3") })
        coordinator.send(signal: SIGKILL)
        _ = coordinator.wait()
        #expect(workers.allSatisfy { worker in worker.wait { $0.contains("waiting for it") } })
        let resumed = try Program.run(
            ["coordinator", run.folder.path("data/train"), "--out", run.folder.path("killed"), "--resume"]
                + ["--listen", address])
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try run.model(of: "killed") == expected)
        for worker in workers { #expect(worker.wait().status == 0) }
    }
}
