import ArgumentParser
import ClusterSimulation
import Foundation

@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headstart-simulate",
        abstract: "Runs the cluster's state machines under a virtual clock, by the seed, through faults.",
        subcommands: [Seeds.self, Plan.self, Bench.self], defaultSubcommand: Seeds.self)
}

extension PlantedBug: ExpressibleByArgument {}

struct Seeds: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs seeds; a failing one is printed with its trace and the command that replays it.")

    private static let bugs = PlantedBug.allCases.map(\.rawValue).joined(separator: ", ")

    @Option(help: "How many seeds to run.")
    var seeds = 10_000

    @Option(help: "The first seed.")
    var first: UInt64 = 1

    @Option(help: "Threads; one for each core unless given.")
    var threads: Int?

    @Option(help: "No more seeds are begun after this many failures.")
    var failures = 10

    @Flag(help: "Print how often each event was met in each phase.")
    var coverage = false

    @Option(help: "Run this seed only, and print its trace.")
    var trace: UInt64?

    @Option(help: "Break something on purpose: \(Self.bugs).")
    var bug: PlantedBug?

    mutating func run() async throws {
        if let trace {
            let result = SimulationRunner.run(
                seed: trace, bug: bug, keepsLines: true, checksRepetition: true)
            report(result)
            if result.violation != nil { throw ExitCode(1) }
            return
        }
        let clock = ContinuousClock()
        let start = clock.now
        let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
        let summary = await SimulationRunner.run(
            first: first, count: seeds, bug: bug, threads: threads, failuresAtMost: failures)
        let elapsed = (clock.now - start) / .seconds(1)
        let rate = Double(summary.seeds) / max(elapsed, 1e-9)
        print(
            "\(summary.seeds) seeds in \(elapsed.shown) s on \(threads) cores: "
                + "\(Int(rate * 3600)) seeds an hour")
        print(
            "\(summary.events) events, \((summary.virtualSeconds / 3600).shown) virtual hours; the longest run "
                + "was seed \(summary.longest.seed) with \(summary.longest.events) events")
        print("traces of all \(String(summary.digest, radix: 16))")
        if coverage {
            for line in summary.coverage.lines { print(line) }
            for pair in summary.coverage.missing { print("missing: \(pair)") }
        }
        print("\(summary.failures.count) seeds failed")
        let names = Dictionary(grouping: summary.failures) { $0.violation?.name ?? "" }
        for (name, failures) in names.sorted(by: { $0.key < $1.key }) {
            let isNamed = bug?.invariant == name ? ", the planted bug's own" : ""
            print("\(name): \(failures.count), first seed \(failures[0].seed)\(isNamed)")
        }
        guard let failure = summary.failures.first else { return }
        report(SimulationRunner.run(seed: failure.seed, bug: bug, keepsLines: true, checksRepetition: true))
        for other in summary.failures.dropFirst() {
            print("also seed \(other.seed): \(other.violation.map { "\($0)" } ?? "")")
        }
        throw ExitCode(1)
    }

    private func report(_ result: SeedResult) {
        for line in result.lines { print(line) }
        print(
            "seed \(result.seed): \(result.events) events, \(result.virtualSeconds.shown) virtual seconds, "
                + "trace \(String(result.digest, radix: 16))")
        guard let violation = result.violation else { return }
        print("VIOLATION (\(violation.name)): \(violation)")
        let option = bug.map { " --bug \($0.rawValue)" } ?? ""
        print("replay: headstart-simulate --trace \(result.seed)\(option)")
    }
}

extension Double {
    /// With two decimals.
    var shown: String { String(format: "%.2f", self) }
}
