import ContentAddressing
import Testing
import TrainingProtocol
import WireMessages

@Suite("A coordinator that stood still")
struct StallTests {
    private static let heartbeat = WorkerMessage.heartbeat(
        WorkerStatus(picturesExtracted: 0, picturesFromStore: 0, activity: "extracting"))

    private static func at(_ seconds: Double) -> Instant { Instant(.seconds(seconds)) }

    private static func leases(_ actions: [CoordinatorAction]) -> [LeaseID] {
        actions.compactMap { if case .send(.lease(let lease), _) = $0 { lease.id } else { nil } }
    }

    /// Two workers, of which the second has nothing to do, and the time until the fourth second.
    private static func coordinator() -> CoordinatorMachine {
        let configuration = CoordinatorConfiguration.example(count: 16, epochs: 1)
        var machine = CoordinatorMachine(configuration)
        _ = machine.handle(.started, now: .zero)
        for peer in 1...2 {
            let hello = Hello(
                protocolVersion: protocolVersion, workerID: "\(peer)", host: "host", processID: 1, threads: 1,
                kernels: "avx2", arithmetic: configuration.arithmetic)
            _ = machine.handle(.received(.hello(hello), from: peer), now: .zero)
            let actions = machine.handle(.received(.ready(slots: 2), from: peer), now: .zero)
            #expect(leases(actions).count == (peer == 1 ? 1 : 0))
        }
        for tenth in 1...40 {
            for peer in 1...2 {
                _ = machine.handle(.received(heartbeat, from: peer), now: at(Double(tenth) / 10))
            }
            _ = machine.handle(.timer, now: at(Double(tenth) / 10))
        }
        return machine
    }

    @Test("none of its workers was silent meanwhile, and no lease is older for it")
    func stopped() {
        var machine = Self.coordinator()
        let actions = machine.handle(.timer, now: Self.at(34))
        #expect(Self.leases(actions).isEmpty, "nothing is sent again or taken over")
        #expect(machine.progress(now: Self.at(34)).workers.count == 2)
        // The clock goes on from there.
        var later: [LeaseID] = []
        for tenth in 1...15 {
            later += Self.leases(machine.handle(.timer, now: Self.at(34 + Double(tenth) / 10)))
        }
        #expect(
            later.count == 2,
            "sent again, and taken over by the idle one, after 5 s of the coordinator's time")
        for tenth in 16...102 { _ = machine.handle(.timer, now: Self.at(34 + Double(tenth) / 10)) }
        #expect(!machine.hasWorkers, "silence while it listens counts")
    }

    @Test("messages that it takes first after that change nothing of it")
    func messagesFirst() {
        var machine = Self.coordinator()
        let actions = machine.handle(.received(Self.heartbeat, from: 2), now: Self.at(34))
        #expect(Self.leases(actions).isEmpty)
        #expect(Self.leases(machine.handle(.timer, now: Self.at(34.01))).isEmpty)
        #expect(machine.progress(now: Self.at(34.01)).workers.count == 2)
    }

    @Test("a coordinator that is too busy to look at the time blames nobody either")
    func busy() {
        var machine = Self.coordinator()
        for half in 1...60 {
            _ = machine.handle(.received(Self.heartbeat, from: 1), now: Self.at(4 + Double(half) / 2))
        }
        _ = machine.handle(.timer, now: Self.at(34))
        #expect(machine.progress(now: Self.at(34)).workers.count == 2)
    }
}
