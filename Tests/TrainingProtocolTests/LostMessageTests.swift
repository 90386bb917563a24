import ContentAddressing
import Testing
import TrainingProtocol
import WireMessages

/// Single messages whose loss, or whose long way, stopped a run for good.
@Suite("The state machines and messages that are lost, or long on their way")
struct LostMessageTests {
    private static let configuration = CoordinatorConfiguration.example(exchange: .gradients)
    private static let weights = configuration.session.weightsDigest

    private static func hello(_ worker: String = "worker") -> Hello {
        Hello(
            protocolVersion: protocolVersion, workerID: worker, host: "host", processID: 1, threads: 1,
            kernels: "avx2", arithmetic: configuration.arithmetic)
    }

    private static func at(_ seconds: Double) -> Instant { Instant(.seconds(seconds)) }

    private static func leases(_ actions: [CoordinatorAction]) -> [LeaseID] {
        actions.compactMap { if case .send(.lease(let lease), _) = $0 { lease.id } else { nil } }
    }

    /// A coordinator with one worker that is ready, and the leases it was sent.
    private static func coordinator() -> (machine: CoordinatorMachine, leases: [LeaseID]) {
        var machine = CoordinatorMachine(configuration)
        _ = machine.handle(.started, now: .zero)
        _ = machine.handle(.received(.hello(hello()), from: 1), now: .zero)
        let actions = machine.handle(.received(.ready(slots: 2), from: 1), now: .zero)
        return (machine, leases(actions))
    }

    /// A worker that is ready.
    private static func worker() -> WorkerMachine {
        var machine = WorkerMachine(hello: hello(), address: "tcp://coordinator")
        _ = machine.handle(.started, now: .zero)
        let welcome = Welcome(
            run: "run", workerNumber: 1, heartbeatMilliseconds: 1000, session: configuration.session)
        _ = machine.handle(.received(.welcome(welcome)), now: .zero)
        _ = machine.handle(.prepared(slots: 2), now: .zero)
        return machine
    }

    @Test("a lease without an answer is sent again, to a worker that is alone, too")
    func leaseIsSentAgain() {
        var (machine, first) = Self.coordinator()
        #expect(first.count == 2)
        var again: [LeaseID] = []
        let heartbeat = WorkerMessage.heartbeat(
            WorkerStatus(picturesExtracted: 0, picturesFromStore: 0, activity: "idle"))
        for second in 1...12 {
            _ = machine.handle(.received(heartbeat, from: 1), now: Self.at(Double(second)))
            again += Self.leases(machine.handle(.timer, now: Self.at(Double(second))))
        }
        #expect(again == first + first)
    }

    @Test("a worker does a lease that comes twice once, and again after its answer")
    func leaseIsDoneOnce() {
        var machine = Self.worker()
        let lease = Lease(
            id: LeaseID(kind: .extract, step: 0, chunk: 0), run: "run", weights: Self.weights,
            work: .extract([], returnsFeatures: true))
        func starts(_ actions: [WorkerAction]) -> Int {
            actions.count { if case .start = $0 { true } else { false } }
        }
        #expect(starts(machine.handle(.received(.lease(lease)), now: Self.at(1))) == 1)
        #expect(starts(machine.handle(.received(.lease(lease)), now: Self.at(2))) == 0)
        let result = LeaseResult(
            id: lease.id, run: "run", weights: Self.weights, seconds: 1, outcome: .extracted([]))
        _ = machine.handle(.leaseFinished(result), now: Self.at(3))
        #expect(starts(machine.handle(.received(.lease(lease)), now: Self.at(4))) == 1)
    }

    @Test("a worker never has more leases waiting than its slots, whatever the network repeats")
    func credit() {
        var machine = Self.worker()
        var begun: [LeaseID] = []
        for (kind, chunk) in (0..<30).flatMap({ [(LeaseKind.extract, $0), (.gradient, $0)] }) {
            let lease = Lease(
                id: LeaseID(kind: kind, step: 0, chunk: chunk), run: "run", weights: Self.weights,
                work: .extract([], returnsFeatures: true))
            for case .start(let lease) in machine.handle(.received(.lease(lease)), now: Self.at(1)) {
                begun.append(lease.id)
            }
        }
        #expect(begun.count { $0.kind == .extract } == 4, "twice its slots")
        #expect(begun.count { $0.kind == .gradient } == 8)
        // An answer makes room for the next.
        let result = LeaseResult(
            id: begun[0], run: "run", weights: Self.weights, seconds: 1, outcome: .extracted([]))
        _ = machine.handle(.leaseFinished(result), now: Self.at(2))
        let next = Lease(
            id: LeaseID(kind: .extract, step: 1, chunk: 0), run: "run", weights: Self.weights,
            work: .extract([], returnsFeatures: true))
        let actions = machine.handle(.received(.lease(next)), now: Self.at(3))
        #expect(actions.contains { if case .start = $0 { true } else { false } })
    }

    @Test("a worker whose weights did not come says hello, and then gets them with its lease")
    func weightsAreSentAgain() {
        var worker = Self.worker()
        let lease = Lease(
            id: LeaseID(kind: .evaluate, step: 0, chunk: 0), run: "run", weights: Self.weights,
            work: .evaluate([], weightsStep: 3))
        let actions = worker.handle(.received(.lease(lease)), now: Self.at(1))
        #expect(actions.contains { if case .send(.hello) = $0 { true } else { false } })
        #expect(!actions.contains { if case .start = $0 { true } else { false } })

        // The coordinator takes a hello for a new beginning: its leases come anew, with all they need.
        var (coordinator, first) = Self.coordinator()
        let again = coordinator.handle(.received(.hello(Self.hello()), from: 1), now: Self.at(1))
        #expect(Self.leases(again) == first)
    }

    @Test("a worker repeats that it is ready until it is given something")
    func readyIsRepeated() {
        var machine = Self.worker()
        func saysReady(_ second: Double) -> Bool {
            machine.handle(.timer, now: Self.at(second)).contains {
                if case .send(.ready) = $0 { true } else { false }
            }
        }
        #expect(saysReady(1.1))
        #expect(saysReady(2.2))
        let lease = Lease(
            id: LeaseID(kind: .check, step: 0, chunk: 0), run: "run", weights: Self.weights,
            work: .check([]))
        _ = machine.handle(.received(.lease(lease)), now: Self.at(2.5))
        #expect(!saysReady(3.6))
    }

    @Test("a worker whose connection was replaced unnoticed introduces itself again, and is ready again")
    func connectionIsReplaced() {
        var machine = Self.worker()
        let actions = machine.handle(.connected, now: Self.at(1))
        #expect(actions.contains { if case .send(.hello) = $0 { true } else { false } })
        let welcome = Welcome(
            run: "run", workerNumber: 1, heartbeatMilliseconds: 1000, session: Self.configuration.session)
        let answer = machine.handle(.received(.welcome(welcome)), now: Self.at(1))
        #expect(answer.contains { if case .send(.ready) = $0 { true } else { false } })
    }

    @Test("a worker whose message takes a minute is not lost while parts of it come, and hears so")
    func longAnswer() {
        var (machine, _) = Self.coordinator()
        for second in 1...60 {
            let actions = machine.handle(.partReceived(from: 1), now: Self.at(Double(second)))
            #expect(actions.contains { if case .send(.heartbeat, 1) = $0 { true } else { false } })
            let timely = machine.handle(.timer, now: Self.at(Double(second)))
            #expect(Self.leases(timely).isEmpty, "its answer is on the way; nothing is asked again")
            #expect(machine.hasWorkers)
        }
        for second in 61...71 { _ = machine.handle(.timer, now: Self.at(Double(second))) }
        #expect(!machine.hasWorkers, "parts come no more")
        #expect(machine.handle(.partReceived(from: 1), now: Self.at(71)).isEmpty)
    }

    @Test("a worker takes its coordinator for gone when no part of a message has come for 10 seconds")
    func longWeights() {
        func reconnects(_ actions: [WorkerAction]) -> Bool {
            actions.contains { if case .reconnect = $0 { true } else { false } }
        }
        var machine = Self.worker()
        for second in 1...60 {
            #expect(machine.handle(.partReceived, now: Self.at(Double(second))).isEmpty)
            #expect(!reconnects(machine.handle(.timer, now: Self.at(Double(second)))))
        }
        #expect(reconnects(machine.handle(.timer, now: Self.at(71))))
    }

    @Test("a failure counts once, and only from who holds the lease")
    func failuresCountOnce() {
        var (machine, leases) = Self.coordinator()
        let failure = WorkerMessage.result(
            LeaseResult(
                id: leases[0], run: "run", weights: Self.weights, seconds: 0,
                outcome: .failed(reason: "no memory")))
        _ = machine.handle(.received(.hello(Self.hello("other")), from: 2), now: Self.at(1))
        for _ in 0..<5 { _ = machine.handle(.received(failure, from: 2), now: Self.at(1)) }
        #expect(!machine.hasEnded)
    }
}
