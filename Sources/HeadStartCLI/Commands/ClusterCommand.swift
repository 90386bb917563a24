import ArgumentParser
import ClusterHarness
import ClusterRuntime
import Foundation
import Synchronization

/// `headstart cluster`: a cluster of processes on this machine, with injected faults.
struct ClusterCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Trains with a coordinator and workers on this machine, and injects faults.",
        discussion: """
            Kills and stops processes and cuts and slows their connections, at random times that \
            --fault-seed decides, and restarts what it killed. At the end it prints the faults and the \
            model's digest, which is the same as without faults.

            Example:
              headstart cluster photos/train --out runs/shaken --workers 3 \\
                --kill-every 5 -- --weights random:7
            """)

    @Argument(help: "The folder of training pictures; each folder in it is a class.", completion: .directory)
    var trainDirectory: String

    @Option(
        name: .customLong("out"), help: .init("The run folder to create.", valueName: "dir"),
        completion: .directory)
    var output: String

    @Option(help: .init("Worker processes.", valueName: "count"))
    var workers = 2

    @Option(help: .init("Threads per worker.", valueName: "count"))
    var threads = 1

    @Option(
        help: .init(
            "The cache folder that the processes share. (default: ~/.cache/headstart)", valueName: "dir"),
        completion: .directory)
    var cache: String?

    @Flag(help: "Prints JSON instead, with all measured times.")
    var json = false

    @OptionGroup(title: "Faults") var faults: FaultOptions

    @OptionGroup(title: "Log") var log: LogOptions

    @Argument(
        parsing: .postTerminator,
        help: .init("Options of headstart coordinator.", valueName: "options"))
    var coordinatorOptions: [String] = []

    func run() throws {
        let chaos = try faults.chaos(workers: workers)
        let environment = try environment()
        var cluster = LocalClusterPlan(
            program: environment.executablePath, trainDirectory: trainDirectory, output: output)
        let cacheOptions = cache.map { ["--cache", $0] } ?? []
        cluster.coordinatorOptions = cacheOptions + coordinatorOptions
        cluster.workerOptions = cacheOptions + ["--threads", "\(threads)"]
        guard !FileManager.default.fileExists(atPath: output + "/config.json") else {
            throw RunFolderError.exists(path: output)
        }
        cluster.usesNamespaces = faults.namespaces
        cluster.loss = faults.loss
        let log = try log.settings()
        let signals = SignalWatch { _ in Self.isInterrupted.store(true, ordering: .relaxed) }
        defer { withExtendedLifetime(signals) {} }
        do {
            var run = try ChaosRun(chaos, cluster: cluster) { log.note($0) }
            let outcome = try run.run { Self.isInterrupted.load(ordering: .relaxed) }
            if json {
                print(try JSONText.pretty(Summary(outcome)))
            } else {
                for line in Self.summary(of: outcome) { print(line) }
            }
        } catch is CancellationError {
            throw ExitCode(Exit.interrupted)
        }
    }

    private static let isInterrupted = Atomic(false)

    /// The faults and their effects, as `--json` prints them; times are in seconds.
    private struct Summary: Encodable {
        let model: String
        let seconds: Double
        let workersKilled, workersStopped, cuts, slowTimes, joins, coordinatorKills: Int
        let killNoticedAfter, workInOtherHandsAfter, firstStepAfterRestart: [Double]

        init(_ outcome: ChaosOutcome) {
            model = outcome.model.hex
            seconds = outcome.seconds
            (workersKilled, workersStopped) = (outcome.workerKills, outcome.stops)
            (cuts, slowTimes, joins) = (outcome.cuts, outcome.slowTimes, outcome.joins)
            coordinatorKills = outcome.coordinatorKills
            killNoticedAfter = outcome.detections.map { $0 / .seconds(1) }
            workInOtherHandsAfter = outcome.takeovers.map { $0 / .seconds(1) }
            firstStepAfterRestart = outcome.recoveries.map { $0 / .seconds(1) }
        }
    }

    /// The faults, their effects and the model's digest, as lines.
    static func summary(of outcome: ChaosOutcome) -> [String] {
        var lines = [
            "\(outcome.workerKills) workers killed, \(outcome.stops) stopped, \(outcome.cuts) cuts, "
                + "\(outcome.slowTimes) slowdowns, "
                + "\(outcome.joins) joined late, the coordinator killed \(outcome.coordinatorKills) times, "
                + "\(seconds(outcome.seconds)) s"
        ]
        for (name, times) in [
            ("a kill is detected after", outcome.detections),
            ("another worker has its work after", outcome.takeovers),
            ("a restarted coordinator applies its first step after", outcome.recoveries),
        ] where !times.isEmpty {
            let sorted = times.map { $0 / .seconds(1) }.sorted()
            lines.append(
                "\(name) \(seconds(sorted[sorted.count / 2])) s (median of \(sorted.count)), "
                    + "\(seconds(sorted[sorted.count * 99 / 100])) s (99 %), "
                    + "\(seconds(sorted[sorted.count - 1])) s at most")
        }
        return lines + ["model: \(outcome.model)"]
    }

    private static func seconds(_ value: Double) -> String {
        String(format: "%.3f", value)
    }
}
