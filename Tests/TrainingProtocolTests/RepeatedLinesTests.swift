import ContentAddressing
import Testing
import WireMessages

@testable import TrainingProtocol

@Suite("Lines that would repeat, and workers that break the protocol")
struct RepeatedLinesTests {
    private static func at(_ seconds: Double) -> Instant { Instant(.seconds(seconds)) }

    private static func hello(_ name: String, _ configuration: CoordinatorConfiguration) -> Hello {
        Hello(
            protocolVersion: protocolVersion, workerID: name, host: "b", processID: 1, threads: 1,
            kernels: "avx2", arithmetic: configuration.arithmetic)
    }

    /// What a machine says to events of the same kind, twenty of which come in a second, and the time.
    private static func lines(
        seconds: Int, _ events: (Int, CoordinatorConfiguration) -> [CoordinatorEvent]
    ) -> (lines: [String], machine: CoordinatorMachine) {
        let configuration = CoordinatorConfiguration.example()
        var machine = CoordinatorMachine(configuration)
        var lines: [String] = []
        func take(_ event: CoordinatorEvent, _ time: Double) {
            for case .log(_, let line) in machine.handle(event, now: at(time)) { lines.append(line) }
        }
        take(.started, 0)
        for number in 1...seconds * 20 {
            for event in events(number, configuration) { take(event, Double(number) / 20) }
            if number % 2 == 0 { take(.timer, Double(number) / 20) }
        }
        return (lines, machine)
    }

    @Test("workers that come and go without end, each a new one, fill no log")
    func comeAndGo() {
        let (lines, machine) = Self.lines(seconds: 600) { number, configuration in
            [
                .received(.hello(Self.hello("\(number)", configuration)), from: number),
                .peerLost(number, reason: "gone"),
            ]
        }
        // 24,000 without sums.
        #expect(lines.count < 100)
        let sum = lines.first { $0.hasPrefix("host b joined, ") }
        #expect(sum?.contains(" times more in 10 s; the last: worker ") == true)
        #expect(machine.repeatedLines == ["host b joined, 12000 times", "host b left, 12000 times"])
    }

    @Test("one that joins again and again is set apart, and one that does so now and then is not")
    func joinsAgain() {
        let often = Self.lines(seconds: 60) { number, configuration in
            [
                .received(.hello(Self.hello("w", configuration)), from: number),
                .peerLost(number, reason: "gone"),
            ]
        }
        #expect(
            often.lines.contains { $0.contains("worker 1 (host b) is set apart: it joins again and again") })
        #expect(often.lines.count < 120)
        let seldom = Self.lines(seconds: 6000) { number, configuration in
            guard number % 200 == 0 else { return [] }
            return [
                .received(.hello(Self.hello("w", configuration)), from: number),
                .peerLost(number, reason: "gone"),
            ]
        }
        #expect(!seldom.lines.contains { $0.contains("set apart") })
    }

    @Test("one whose messages can't be understood, again and again, is set apart")
    func nonsense() {
        let (lines, machine) = Self.lines(seconds: 60) { number, configuration in
            [
                .received(.hello(Self.hello("w", configuration)), from: number),
                .brokeProtocol(number, reason: "it has no frames"),
            ]
        }
        let apart = lines.filter { $0.contains("is set apart: ") }
        #expect(apart.count == 1 && apart[0].contains("worker 1 (host b)"))
        #expect(lines.count < 200 && !machine.hasWorkers)
    }

    @Test("one that answers for another run is set apart after a hundred answers")
    func otherRuns() {
        let (lines, machine) = Self.lines(seconds: 60) { number, configuration in
            let result = LeaseResult(
                id: LeaseID(kind: .extract, step: 0, chunk: 0), run: "another",
                weights: ContentDigest(hashing: []), seconds: 0, outcome: .extracted([]))
            let joins =
                number == 1
                ? [CoordinatorEvent.received(.hello(Self.hello("w", configuration)), from: 1)] : []
            return joins + [.received(.result(result), from: 1)]
        }
        #expect(lines.contains { $0.contains("is set apart: it broke the protocol too often") })
        #expect(machine.answers.ofOtherRuns < 130)
    }

    @Test("strangers by the thousand are summed together")
    func keys() {
        var repeated = RepeatedLines(allowance: 1)
        var lines = 0
        for number in 0..<10_000 {
            let key = RepeatedLines.Key(who: "host \(number)", kind: .refused)
            if repeated.pass("refused", .warning, key, now: .zero) != nil { lines += 1 }
        }
        #expect(lines == 257)
        let sums = repeated.due(now: Self.at(10))
        #expect(sums.map(\.line) == ["others was refused, 9743 times more in 10 s; the last: refused"])
    }
}
