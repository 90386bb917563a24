import ContentAddressing
import Testing
import TrainingProtocol
import WireMessages

@Suite("Workers that can't do their work")
struct FailureTests {
    /// Fails every extraction, as with a full disk.
    private static func fullDisk(_ lease: Lease, _ right: Outcome) -> Outcome {
        lease.id.kind == .extract ? .failed(reason: "no space left on the disk") : right
    }

    private static func reason(_ cluster: ClusterInMemory) -> String {
        guard case .failed(let reason) = cluster.end else { return "it did not fail" }
        return reason
    }

    @Test(
        "a worker that fails where others succeed is set apart by name, and the run goes on",
        arguments: [2, 3, 7])
    func setApart(workers: Int) {
        var cluster = ClusterInMemory(.example(count: 800, epochs: 1))
        cluster.answers[2] = Self.fullDisk
        for worker in 1...workers { cluster.startWorker(worker) }
        cluster.run()
        #expect(cluster.end == .completed)
        let setApart = cluster.logs.filter { $0.contains("is set apart") }
        #expect(setApart.count == 2)
        #expect(setApart.first?.contains("host-2") == true)
        #expect(setApart.first?.contains("no space left on the disk") == true)
        // Three failures in a row, each done by others, and what was under way.
        let failed = cluster.leasesGranted.filter { $0.worker == 2 && $0.id.kind == .extract }
        #expect(failed.count >= 3 && failed.count <= 16)
        guard case .failed(let reason) = cluster.workerEnds[2] else {
            Issue.record("it was not told")
            return
        }
        #expect(reason.contains("no space left"))
    }

    @Test("a worker that was set apart is not let in again")
    func staysOut() {
        var cluster = ClusterInMemory(.example(count: 200, epochs: 1))
        cluster.answers[2] = Self.fullDisk
        cluster.startWorker(1)
        cluster.startWorker(2)
        cluster.run(untilSecond: 8)
        #expect(cluster.workerEnds[2] != nil)
        cluster.workerEnds[2] = nil
        cluster.startWorker(2)
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(cluster.workerEnds[2] != nil)
    }

    @Test("a picture that nobody can do ends the run when three workers have failed it, with its name")
    func picturesThatNobodyCanDo() {
        let lost = ContentDigest(hashing: "t9".utf8)
        var cluster = ClusterInMemory(.example(count: 200, epochs: 1))
        for worker in 1...5 {
            cluster.answers[worker] = { lease, right in
                guard case .extract(let samples, _) = lease.work,
                    samples.contains(where: { $0.picture == lost })
                else { return right }
                return .failed(reason: "picture \(lost): it is gone")
            }
            cluster.startWorker(worker)
        }
        cluster.run()
        let reason = Self.reason(cluster)
        #expect(reason.contains("failed 3 times, at worker"))
        #expect(reason.hasSuffix("picture t9: it is gone"))
        #expect(Set((1...5).filter { reason.contains("host-\($0)") }).count == 3)
    }

    @Test("a worker that is alone tries three times, and two try three times each")
    func bounded() {
        for workers in 1...2 {
            var cluster = ClusterInMemory(.example(count: 8, epochs: 1))
            for worker in 1...workers {
                cluster.answers[worker] = Self.fullDisk
                cluster.startWorker(worker)
            }
            cluster.run()
            #expect(Self.reason(cluster).contains("extract 0/0 failed \(workers * 3) times"))
            #expect(cluster.leasesGranted.count { $0.id.kind == .extract } == workers * 3)
        }
    }

    @Test("a failure now and then sets nobody apart")
    func nowAndThen() {
        var cluster = ClusterInMemory(.example(count: 400, epochs: 1))
        var count = 0
        cluster.answers[2] = { lease, right in
            guard lease.id.kind == .extract else { return right }
            count += 1
            return count % 3 == 0 ? .failed(reason: "it was interrupted") : right
        }
        for worker in 1...3 { cluster.startWorker(worker) }
        cluster.run()
        #expect(cluster.end == .completed)
        #expect(cluster.coordinator.answers.failed > 0)
        #expect(!cluster.logs.contains { $0.contains("set apart") })
    }
}
