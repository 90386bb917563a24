import ArgumentParser
import ClusterSimulation
import Foundation

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures what the coordinator's state machine computes for its workers' messages.",
        discussion: """
            The real machine is driven without sockets, files or a head. Heartbeats: what one second of them \
            takes, from all workers, with the time told ten times; fresh, and when every lease is so old that \
            others may take it over. The rest is measured while the workers answer in turns.
            """)

    @Option(help: "Workers.")
    var workers = 1000

    @Option(help: "Pictures whose features may be computed ahead of the current step; the usual without.")
    var lookahead: Int?

    @Option(help: "Pictures in a step.")
    var batchSize = 32

    @Option(help: "Training pictures.")
    var pictures = 1_000_000

    @Option(help: "Validation pictures.")
    var validation = 1_000_000

    @Option(help: "Answers of each kind to be measured.")
    var answers = 20_000

    @Option(help: "Seconds of computing after which each measurement is cut.")
    var seconds = 10.0

    func validate() throws {
        guard workers >= 20, pictures > 0, validation >= 0, answers > 0, seconds > 0 else {
            throw ValidationError("numbers must be positive, with 20 workers at least")
        }
    }

    func run() throws {
        print("\(workers) workers, look-ahead \(lookahead.map(String.init) ?? "as usual"), ", terminator: "")
        print("\(pictures) training and \(validation) validation pictures")
        var check = benchmark(training: pictures, validation: 0, checks: true)
        check.answer(.check, count: answers)
        show("check", check, .answers(.check))

        var training = benchmark(training: pictures, validation: 0, checks: false)
        training.beat(virtualSeconds: 2)
        show("heartbeats of a second, fresh", training.heartbeatLoad, 1, "CPU seconds")
        training.reset()
        training.beat(virtualSeconds: 5)
        training.reset()
        training.beat(virtualSeconds: 2)
        show("heartbeats of a second, old leases", training.heartbeatLoad, 1, "CPU seconds")
        show("timer", training, .timers)
        training.reset()
        training.answer(.extract, count: answers)
        show("extract", training, .answers(.extract))
        show("gradient", training, .answers(.gradient))
        show("update", training, .update)
        training.lose(MachineBenchmark.spares)
        show("lost worker in training", training, .lost, 1e3, "ms")

        guard validation > 0 else { return }
        var evaluation = benchmark(training: 2, validation: validation, checks: false)
        show("first grant of an evaluation", evaluation, .evaluation, 1e3, "ms")
        evaluation.answer(.evaluate, count: answers)
        show("evaluate", evaluation, .answers(.evaluate))
        evaluation.reset()
        evaluation.beat(virtualSeconds: 1)
        show("heartbeats of a second, evaluating", evaluation.heartbeatLoad, 1, "CPU seconds")
        evaluation.lose(MachineBenchmark.spares)
        show("lost worker in evaluation", evaluation, .lost, 1e3, "ms")
    }

    private func benchmark(training: Int, validation: Int, checks: Bool) -> MachineBenchmark {
        MachineBenchmark(
            workers: workers, lookahead: lookahead, batchSize: batchSize, training: training,
            validation: validation, checks: checks, budget: seconds, clock: Self.computed)
    }

    /// The CPU seconds that this process has used.
    private static func computed() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private func show(
        _ name: String, _ benchmark: MachineBenchmark, _ kind: MachineBenchmark.Kind, _ scale: Double = 1e6,
        _ unit: String = "us"
    ) {
        guard let cost = benchmark.costs[kind] else { return }
        show(
            name, cost.mean, scale, unit,
            " (\(cost.events) of them, \((cost.longest * 1e3).shown) ms at most)")
    }

    private func show(
        _ name: String, _ value: Double, _ scale: Double, _ unit: String, _ rest: String = ""
    ) {
        let padded = name + String(repeating: " ", count: max(0, 36 - name.count))
        print("\(padded) \(String(format: "%.3f", value * scale)) \(unit)\(rest)")
    }
}
