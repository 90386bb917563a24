import ArgumentParser
import ClusterRuntime
import Foundation
import Synchronization

/// `headstart cluster`: a cluster of processes on this machine, with faults.
struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Trains with a coordinator and workers on this machine, and makes trouble for them.",
        discussion: """
            Kills, stops, cuts and slows what it started, at random moments that follow from --fault-seed, sees to it that \
            what was killed is started again, and prints what it did and the model's digest: it is the same \
            without any fault.

            Example:
              headstart cluster photos/train --out runs/shaken --workers 3 --kill-every 5 -- --weights random:7
            """)

    @Argument(help: "The folder of training pictures; each folder in it is a class.")
    var trainDirectory: String

    @Option(name: .customLong("out"), help: .init("The run folder to make.", valueName: "dir"))
    var output: String

    @Option(help: .init("Worker processes.", valueName: "count"))
    var workers = 2

    @Option(help: .init("Threads of each worker.", valueName: "count"))
    var threads = 1

    @Option(
        help: .init("The cache that the processes share. (default: ~/.cache/headstart)", valueName: "dir"))
    var cache: String?

    @Option(help: .init("Kills a worker about so often; another takes its place.", valueName: "seconds"))
    var killEvery: Double?

    @Option(help: .init("Stops a worker about so often.", valueName: "seconds"))
    var stopEvery: Double?

    @Option(help: .init("A stopped worker goes on after this time.", valueName: "seconds"))
    var stopSeconds = 5.0

    @Option(help: .init("Cuts all connections about so often.", valueName: "seconds"))
    var cutEvery: Double?

    @Option(help: .init("Makes the network slow about so often.", valueName: "seconds"))
    var slowEvery: Double?

    @Option(
        help: .init(
            "How long the network is slow, and with --namespaces how long it is cut.", valueName: "seconds"))
    var networkFaultSeconds = ChaosPlan().networkFaultSeconds

    @Flag(
        help: "Gives each process a host of its own, a network namespace. Needs root, iproute2 and nftables.")
    var namespaces = false

    @Option(help: .init("With --namespaces: so many packets of a hundred are lost.", valueName: "percent"))
    var loss = 0

    @Option(
        help: .init("Kills the coordinator about so often, and starts it again.", valueName: "seconds"))
    var killCoordinatorEvery: Double?

    @Option(help: .init("One more worker joins after this time.", valueName: "seconds"))
    var joinAfter: Double?

    @Option(help: .init("Faults end after this time, so that the run can.", valueName: "seconds"))
    var faultSeconds = ChaosPlan().faultSeconds

    @Option(help: .init("Decides the moments and the victims.", valueName: "number"))
    var faultSeed: UInt64 = 0

    @Argument(
        parsing: .postTerminator,
        help: .init("Options of headstart coordinator.", valueName: "options"))
    var coordinatorOptions: [String] = []

    /// What is to happen.
    func chaos() throws -> ChaosPlan {
        var plan = ChaosPlan()
        plan.workers = workers
        plan.seed = faultSeed
        plan.killEvery = killEvery
        plan.stopEvery = stopEvery
        plan.stopSeconds = stopSeconds
        plan.cutEvery = cutEvery
        plan.slowEvery = slowEvery
        plan.networkFaultSeconds = networkFaultSeconds
        plan.killCoordinatorEvery = killCoordinatorEvery
        plan.joinAfter = joinAfter
        plan.faultSeconds = faultSeconds
        try plan.validate()
        return plan
    }

    func validate() throws {
        guard (0...50).contains(loss) else {
            throw ValidationError("--loss: \(loss) can't be used; give a percentage from 0 to 50")
        }
        guard loss == 0 || namespaces else {
            throw ValidationError("--loss: packets are lost between hosts only; give --namespaces too")
        }
    }

    func run() throws {
        let chaos = try chaos()
        let environment = try RuntimeEnvironment.current()
        var cluster = LocalClusterPlan(
            program: environment.executablePath, trainDirectory: trainDirectory, output: output)
        let cacheOptions = cache.map { ["--cache", $0] } ?? []
        cluster.coordinatorOptions = cacheOptions + coordinatorOptions
        cluster.workerOptions = cacheOptions + ["--threads", "\(threads)"]
        guard !FileManager.default.fileExists(atPath: output + "/config.json") else {
            throw RunFolderError.exists(path: output)
        }
        cluster.usesNamespaces = namespaces
        cluster.loss = loss
        let signals = SignalWatch { _ in Self.isInterrupted.store(true, ordering: .relaxed) }
        defer { withExtendedLifetime(signals) {} }
        do {
            var run = try ChaosRun(chaos, cluster: cluster) { StandardError.note($0) }
            let outcome = try run.run { Self.isInterrupted.load(ordering: .relaxed) }
            for line in Self.summary(of: outcome) { print(line) }
        } catch is CancellationError {
            throw ExitCode(Exit.interrupted)
        }
    }

    private static let isInterrupted = Atomic(false)

    /// What happened, and the model's digest.
    static func summary(of outcome: ChaosOutcome) -> [String] {
        var lines = [
            "\(outcome.workerKills) workers killed, \(outcome.stops) stopped, \(outcome.cuts) cuts, "
                + "\(outcome.slowTimes) slow times, "
                + "\(outcome.joins) joined late, the coordinator killed \(outcome.coordinatorKills) times, "
                + "\(seconds(outcome.seconds)) s"
        ]
        for (name, times) in [
            ("a kill noticed after", outcome.detections),
            ("its work in other hands after", outcome.takeovers),
            ("a restarted coordinator's first step after", outcome.recoveries),
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
