import ContentAddressing
import Testing
import WireMessages

@testable import TrainingProtocol

@Suite("What each worker did")
struct WorkerLedgerTests {
    private let hello = Hello(
        protocolVersion: protocolVersion, workerID: "w", host: "a", processID: 7, threads: 2,
        kernels: "avx512", arithmetic: ContentDigest(hashing: []))

    private func at(_ seconds: Int) -> Instant { Instant(.seconds(seconds)) }

    private func result(_ times: LeaseTimes) -> LeaseResult {
        LeaseResult(
            id: LeaseID(kind: .extract, step: 0, chunk: 0), run: "r", weights: ContentDigest(hashing: []),
            seconds: times.total, times: times, outcome: .extracted([]))
    }

    @Test("a worker's time is what it prepared, what its answers took, and else waiting")
    func times() {
        var ledger = WorkerLedger()
        ledger.join(number: 1, hello, now: at(10))
        #expect(ledger.records(now: at(13))[0].preparingSeconds == 3)
        ledger.ready(number: 1, now: at(14))
        ledger.ready(number: 1, now: at(20))
        var times = LeaseTimes()
        (times.fetching, times.decoding, times.extraction, times.head) = (0.5, 1, 3, 0.25)
        ledger.answer(number: 1, result(times))
        ledger.answer(number: 1, result(times))
        let record = ledger.records(now: at(30))[0]
        #expect(record.preparingSeconds == 4 && record.connectedSeconds == 20)
        #expect(record.times.total == 9.5 && record.times.extraction == 6 && record.leases == 2)
        #expect(record.waitingSeconds == 6.5)
    }

    @Test("time away is not counted, and a worker that comes back is the same")
    func absence() {
        var ledger = WorkerLedger()
        ledger.join(number: 1, hello, now: at(0))
        ledger.ready(number: 1, now: at(1))
        _ = ledger.leave(number: 1, reason: "silent", now: at(5))
        #expect(ledger.records(now: at(100))[0].connectedSeconds == 5)
        #expect(ledger.records(now: at(100))[0].departure == "silent")
        ledger.join(number: 2, hello, now: at(100))
        ledger.join(number: 1, hello, now: at(110))
        ledger.ready(number: 1, now: at(110))
        let records = ledger.records(now: at(120))
        #expect(records.map(\.number) == [1, 2] && records[0].departure == nil)
        #expect(records[0].connectedSeconds == 15 && records[0].preparingSeconds == 1)
        #expect(records[1].preparingSeconds == 20)
    }

    @Test("those that went long ago are summed, and the sum loses nothing")
    func others() {
        var ledger = WorkerLedger(goneAtMost: 3)
        var times = LeaseTimes()
        times.extraction = 2
        for number in 1...1000 {
            ledger.join(number: number, hello, now: at(number))
            ledger.ready(number: number, now: at(number))
            ledger.answer(number: number, result(times))
            #expect(
                ledger.leave(number: number, reason: "r", now: at(number + 1))
                    == (number > 3 ? number - 3 : nil))
        }
        let records = ledger.records(now: at(5000))
        #expect(records.map(\.number) == [998, 999, 1000, 0] && ledger.count == 3)
        #expect(records[3].title == "997 others" && records[3].summed == 997)
        #expect(records.map(\.leases).reduce(0, +) == 1000 && records[3].times.extraction == 997 * 2)
        #expect(records[3].connectedSeconds == 997)
        // One that is back is not gone, and goes last when it goes.
        ledger.join(number: 998, hello, now: at(6000))
        ledger.join(number: 1001, hello, now: at(6000))
        _ = ledger.leave(number: 1001, reason: "r", now: at(6001))
        #expect(ledger.records(now: at(6001)).map(\.number) == [998, 999, 1000, 1001, 0])
    }

    @Test("workers that come and go without end leave neither names nor records behind")
    func comeAndGo() {
        var configuration = CoordinatorConfiguration.example()
        (configuration.limits.workersRemembered, configuration.limits.exclusionsRemembered) = (5, 2)
        var machine = CoordinatorMachine(configuration)
        _ = machine.handle(.started, now: .zero)
        for number in 1...200 {
            var hello = hello
            (hello.workerID, hello.arithmetic) = ("\(number)", configuration.arithmetic)
            _ = machine.handle(.received(.hello(hello), from: number), now: at(0))
            if number % 2 == 0 { machine.setApart(number, because: "it lied", now: at(0)) }
            _ = machine.handle(.peerLost(number, reason: "gone"), now: at(0))
        }
        #expect(machine.rememberedWorkerCount == 5 && machine.numbers.count == 5 && machine.hosts.count == 5)
        #expect(machine.workerStates(now: at(0)).last?.record.summed == 195)
        #expect(machine.exclusions.keys.sorted() == ["198", "200"])
        // Who is remembered has its number again, and who was forgotten another.
        var hello = hello
        (hello.workerID, hello.arithmetic) = ("199", configuration.arithmetic)
        _ = machine.handle(.received(.hello(hello), from: 201), now: at(0))
        #expect(machine.numbers["199"] == 199)
        hello.workerID = "1"
        _ = machine.handle(.received(.hello(hello), from: 202), now: at(0))
        #expect(machine.numbers["1"] == 201)
    }

    @Test("more time in gradients than there was leaves no waiting")
    func overlap() {
        var record = WorkerRecord(number: 1, host: "a", processID: 1, threads: 1, kernels: "scalar")
        record.connectedSeconds = 3
        record.times.head = 2
        record.times.extraction = 2
        #expect(record.waitingSeconds == 0)
    }

    @Test("a coordinator knows what each worker holds, for how long, and whom it waits for")
    func states() {
        var cluster = ClusterInMemory(.example(validation: 20))
        cluster.startWorker(1)
        cluster.startWorker(2)
        cluster.after(0.5) { $0.kill(2) }
        cluster.run(untilSecond: 2)
        let now = Instant(.seconds(20))
        let states = cluster.coordinator.workerStates(now: now)
        #expect(states.map(\.record.number) == [1, 2])
        #expect(states[0].activity != nil && states[0].leasesHeld > 0)
        #expect(states[0].oldestLeaseSeconds > 15 && states[0].isWaitedFor)
        #expect(states[1].activity == nil && states[1].leasesHeld == 0)
        #expect(states[1].record.departure != nil)
    }

    @Test("the newest validation is at hand picture by picture")
    func scored() {
        var cluster = ClusterInMemory(.example(validation: 20))
        cluster.startWorker(1)
        cluster.run()
        let scored = cluster.coordinator.scoredValidation
        #expect(scored.map(\.picture) == cluster.coordinator.configuration.validation)
        #expect(scored.allSatisfy { $0.score.loss == 0.5 && $0.score.predicted == $0.picture.label })
    }

    @Test("pictures are those of extraction and evaluation, not of checks")
    func pictures() {
        var ledger = WorkerLedger()
        ledger.join(number: 1, hello, now: at(0))
        let sample = Sample(
            picture: ContentDigest(hashing: []), byteCount: 1, index: 0, epoch: nil, label: 0)
        for work in [
            Work.check([sample]), .extract([sample, sample], returnsFeatures: true),
            .evaluate([sample], weightsStep: 0), .denseGradient([sample], samplesInStep: 1, weightsStep: 0),
        ] { ledger.use(number: 1, work) }
        #expect(ledger.records(now: at(1))[0].pictures == 3)
    }
}
