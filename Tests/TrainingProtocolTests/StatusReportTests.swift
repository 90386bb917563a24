import Testing
import TrainingProtocol

@Suite("Whoever asks hears for whom everybody waits")
struct StatusReportTests {
    @Test("a line for the run and one for each worker, with what it holds and since when")
    func coordinator() {
        var cluster = ClusterInMemory(.example(count: 200, epochs: 1, augments: true))
        var reports: [[String]] = []
        func ask(_ cluster: inout ClusterInMemory) {
            reports.append(cluster.coordinator.report(now: Instant(cluster.now)))
        }
        cluster.after(2, ask)
        cluster.after(2.1) { cluster in
            cluster.startWorker(1)
            cluster.startWorker(2, secondsPerPicture: 60)
        }
        cluster.after(2.3, ask)
        cluster.after(7.5, ask)
        cluster.run(untilSecond: 8)
        #expect(reports.count == 3)
        #expect(
            reports[0] == [
                "run: checking pictures, 0 of 200 done; waiting for workers, 0 of 1 are there, 2.0 s",
                "no worker is there",
            ])
        #expect(reports[1].count == 3)
        #expect(reports[1][2].hasPrefix("worker 2 (host host-2, process 1): joining for 0.2 s"))
        #expect(reports[2][0].contains("; waiting for worker 2 (host host-2), extract "))
        #expect(reports[2][2].hasPrefix("worker 2 (host host-2, process 1): holds extract "))
    }

    @Test("a worker says whether it waits or works, and for whom")
    func worker() {
        var cluster = ClusterInMemory(.example(count: 200, epochs: 1, augments: true))
        cluster.startWorker(1)
        #expect(
            cluster.workers[1]?.report(now: Instant(cluster.now))
                == "waiting for a coordinator at tcp://coordinator for 0.0 s (no answer yet)")
        cluster.run(untilSecond: 3)
        #expect(
            cluster.workers[1]?.report(now: Instant(cluster.now)).hasPrefix(
                "worker 1 of the coordinator at tcp://coordinator, heard 0.") == true)
    }

    @Test("work that was lost with its holder is in other hands at once, and the log says so")
    func takeover() {
        var cluster = ClusterInMemory(.example(count: 200, epochs: 1, augments: true))
        cluster.startWorker(1)
        cluster.startWorker(2, secondsPerPicture: 60)
        cluster.after(3) { $0.kill(2) }
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(
            cluster.logs.contains { $0.hasPrefix("worker 1 took over extract ") && $0.contains(" ms before") }
        )
    }
}
