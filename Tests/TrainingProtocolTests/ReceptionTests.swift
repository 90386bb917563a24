import ContentAddressing
import Testing
import WireMessages

@testable import TrainingProtocol

@Suite("While a run is prepared")
struct ReceptionTests {
    private static let configuration = CoordinatorConfiguration.example()
    private static let preparing = Preparing(picturesRead: 372_000, pictures: 1_200_000)

    private static func hello(version: UInt32 = protocolVersion) -> Hello {
        Hello(
            protocolVersion: version, workerID: "worker", host: "host", processID: 1, threads: 1,
            kernels: "avx2", arithmetic: configuration.arithmetic)
    }

    private static func at(_ seconds: Double) -> Instant { Instant(.seconds(seconds)) }

    private static func end(_ actions: [WorkerAction]) -> WorkerEnd? {
        actions.compactMap { if case .leave(let end) = $0 { end } else { nil } }.first
    }

    private static func greets(_ actions: [WorkerAction]) -> Bool {
        actions.contains { if case .send(.hello) = $0 { true } else { false } }
    }

    private static func notices(_ actions: [WorkerAction]) -> [String] {
        actions.compactMap { if case .log(_, let text) = $0 { text } else { nil } }
    }

    @Test("everybody hears how far it is; another version is refused, and who leaves hears nothing")
    func answers() {
        func answer(_ message: WorkerMessage) -> String {
            switch Reception.answer(message, Self.preparing) {
            case .preparing(let preparing): preparing == Self.preparing ? "preparing" : "another"
            case .refused: "refused"
            case nil: "nothing"
            default: "another"
            }
        }
        let status = WorkerStatus(picturesExtracted: 0, picturesFromStore: 0, activity: "idle")
        #expect(answer(.hello(Self.hello())) == "preparing")
        #expect(answer(.hello(Self.hello(version: 1))) == "refused")
        #expect(answer(.heartbeat(status)) == "preparing" && answer(.ready(slots: 2)) == "preparing")
        #expect(answer(.leaving(reason: "")) == "nothing")
    }

    @Test(
        "the share is of what was found, in whole percent",
        arguments: [
            (372_000, 1_200_000, "31 % of 1,200,000"), (0, 0, "0 % of 0"), (999, 1000, "99 % of 1,000"),
            (5, 5, "100 % of 5"), (1, 999, "0 % of 999"), (7, 1_000_007, "0 % of 1,000,007"),
        ])
    func words(read: Int, pictures: Int, expected: String) {
        #expect(Reception.words(read: read, of: pictures) == "preparing, \(expected) pictures read")
    }

    @Test("a worker waits as long as it is answered, says so now and then, and gives up when answers cease")
    func patience() {
        var machine = WorkerMachine(hello: Self.hello(), address: "tcp://coordinator")
        _ = machine.handle(.started, now: .zero)
        var (greetings, notices) = (0, [String]())
        for second in 1...600 {
            let actions =
                machine.handle(.timer, now: Self.at(Double(second)))
                + machine.handle(.received(.preparing(Self.preparing)), now: Self.at(Double(second) + 0.1))
            #expect(Self.end(actions) == nil)
            if Self.greets(actions) { greetings += 1 }
            notices += Self.notices(actions)
        }
        #expect(greetings >= 599)
        #expect(notices.count == 20)
        #expect(notices.allSatisfy { $0.contains("preparing, 31 % of 1,200,000 pictures read") })
        #expect(Self.end(machine.handle(.timer, now: Self.at(659))) == nil)
        let end = Self.end(machine.handle(.timer, now: Self.at(661)))
        guard case .unserved(let reason) = end else {
            Issue.record("the worker goes on without a coordinator")
            return
        }
        #expect(reason.contains("preparing, 31 %"))
    }

    @Test("a worker of the coordinator before waits for the new one with all that it has")
    func returns() {
        var machine = WorkerMachine(hello: Self.hello(), address: "tcp://coordinator")
        _ = machine.handle(.started, now: .zero)
        let welcome = Welcome(
            run: "run", workerNumber: 1, heartbeatMilliseconds: 1000, session: Self.configuration.session)
        _ = machine.handle(.received(.welcome(welcome)), now: .zero)
        _ = machine.handle(.prepared(slots: 2), now: .zero)
        let lost = machine.handle(.received(.preparing(Self.preparing)), now: Self.at(1))
        #expect(lost.contains { if case .dropLeases = $0 { true } else { false } })
        #expect(Self.greets(machine.handle(.timer, now: Self.at(1.1))))
        for second in 2...2000 {
            let actions =
                machine.handle(.received(.preparing(Self.preparing)), now: Self.at(Double(second)))
                + machine.handle(.timer, now: Self.at(Double(second) + 0.1))
            #expect(Self.end(actions) == nil)
        }
        let back = machine.handle(.received(.welcome(welcome)), now: Self.at(2001))
        #expect(back.contains { if case .send(.ready) = $0 { true } else { false } })
        #expect(!back.contains { if case .prepare = $0 { true } else { false } })
    }
}
