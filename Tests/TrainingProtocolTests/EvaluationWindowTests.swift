import Testing
import WireMessages

@testable import TrainingProtocol

@Suite("Validation of many pictures")
struct EvaluationWindowTests {
    @Test("no more leases are open than the workers' slots ask for, and the sums are those of all pictures")
    func window() {
        var cluster = ClusterInMemory(.example(count: 16, validation: 12_000, epochs: 1))
        for worker in 1...6 { cluster.startWorker(worker, secondsPerPicture: 0.01) }
        var most = 0
        for tenth in 1...500 {
            cluster.after(Double(tenth) / 10) { most = max(most, $0.coordinator.leases.count(of: .evaluate)) }
        }
        cluster.run()
        // Six workers of two slots: 96 of the 750 leases.
        #expect(most > 80 && most <= 96)
        #expect(cluster.end == .completed)
        #expect(cluster.epochs.first?.validationLoss == 0.5 && cluster.epochs.first?.validationAccuracy == 1)
        #expect(cluster.coordinator.scoredValidationCount == 12_000)
        #expect(cluster.leasesGranted.count { $0.id.kind == .evaluate } == 750)
    }

    @Test("how many are done is known while it goes on")
    func progress() {
        var cluster = ClusterInMemory(.example(count: 16, validation: 3200, epochs: 1))
        cluster.startWorker(1, secondsPerPicture: 0.01)
        cluster.run(untilSecond: 15)
        let progress = cluster.coordinator.progress(now: Instant(cluster.now))
        #expect(progress.stage == .evaluating && progress.picturesTotal == 3200)
        #expect(progress.picturesDone > 500 && progress.picturesDone < 3200)
    }
}
