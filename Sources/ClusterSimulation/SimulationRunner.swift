import Synchronization

package struct SeedResult: Sendable {
    package let seed: UInt64
    /// `nil` if no invariant was violated.
    package let violation: Violation?
    package let events: Int
    /// The run's length in virtual time.
    package let virtualSeconds: Double
    /// Equal for all runs of the same seed.
    package let digest: UInt64
    package let coverage: Coverage
    /// For people; empty unless asked for.
    package let lines: [String]
}

package enum SimulationRunner {
    /// Runs one seed.
    ///
    /// - Parameters:
    ///   - bug: the planted bug, if any.
    ///   - keepsLines: whether to return a trace for people.
    ///   - checksRepetition: whether to run the seed twice and compare the traces.
    package static func run(
        seed: UInt64, bug: PlantedBug? = nil, keepsLines: Bool = false, checksRepetition: Bool = false
    ) -> SeedResult {
        let scenario = Scenario(seed: seed)
        let result = run(scenario, bug: bug, repetition: 0, keepsLines: keepsLines)
        guard checksRepetition, result.violation == nil else { return result }
        let again = run(scenario, bug: bug, repetition: 1, keepsLines: false)
        guard again.digest == result.digest else {
            return SeedResult(
                seed: seed, violation: .traceDiffers, events: result.events,
                virtualSeconds: result.virtualSeconds, digest: result.digest, coverage: result.coverage,
                lines: result.lines)
        }
        return result
    }

    private static func run(
        _ scenario: Scenario, bug: PlantedBug?, repetition: Int, keepsLines: Bool
    ) -> SeedResult {
        var cluster = SimulatedCluster(
            scenario, bug: bug, repetition: repetition, keepsLines: keepsLines)
        var violation: Violation?
        do throws(Violation) { try cluster.run() } catch { violation = error }
        return SeedResult(
            seed: scenario.seed, violation: violation, events: cluster.eventCount,
            virtualSeconds: cluster.now.seconds, digest: cluster.trace.digest.value,
            coverage: cluster.coverage, lines: cluster.trace.lines)
    }

    package struct Summary: Sendable {
        package var seeds = 0
        package var events = 0
        package var virtualSeconds = 0.0
        package var coverage = Coverage()
        /// The seed with the most events, and how many it had.
        package var longest: (seed: UInt64, events: Int) = (0, 0)
        /// The digest of all seeds' traces; it doesn't depend on the order in which they were run.
        package var digest: UInt64 = 0
        /// Failing seeds, in order.
        package var failures: [SeedResult] = []

        mutating func add(_ result: SeedResult) {
            seeds += 1
            events += result.events
            virtualSeconds += result.virtualSeconds
            digest &+= Mixing.hash(result.seed, result.digest)
            coverage.add(result.coverage)
            if result.events > longest.events { longest = (result.seed, result.events) }
            if result.violation != nil { failures.append(result) }
        }

        mutating func add(_ other: Summary) {
            seeds += other.seeds
            events += other.events
            virtualSeconds += other.virtualSeconds
            digest &+= other.digest
            coverage.add(other.coverage)
            if other.longest.events > longest.events { longest = other.longest }
            failures = (failures + other.failures).sorted { $0.seed < $1.seed }
        }
    }

    private final class Shared: Sendable {
        let next = Atomic<Int>(0)
        let failures = Atomic<Int>(0)
    }

    /// One seed in this many is run twice, to compare the traces.
    private static let repetitionInterval: UInt64 = 16

    /// Runs `count` seeds from `first` on, on several threads.
    ///
    /// - Parameter failuresAtMost: no more seeds are begun after this many failures.
    package static func run(
        first: UInt64, count: Int, bug: PlantedBug? = nil, threads: Int, failuresAtMost: Int = 10
    ) async -> Summary {
        let shared = Shared()
        return await withTaskGroup(of: Summary.self) { group in
            for _ in 0..<threads {
                group.addTask {
                    var summary = Summary()
                    while shared.failures.load(ordering: .relaxed) < failuresAtMost {
                        let index = shared.next.wrappingAdd(1, ordering: .relaxed).oldValue
                        guard index < count else { break }
                        let seed = first &+ UInt64(index)
                        let result = run(
                            seed: seed, bug: bug, checksRepetition: seed % repetitionInterval == 0)
                        if result.violation != nil { shared.failures.add(1, ordering: .relaxed) }
                        summary.add(result)
                    }
                    return summary
                }
            }
            var all = Summary()
            for await summary in group { all.add(summary) }
            return all
        }
    }
}
