import ArgumentParser
import ClusterHarness
import ClusterRuntime

/// The faults that `cluster` injects.
struct FaultOptions: ParsableArguments {
    @Option(help: .init("Kills a worker about this often; another takes its place.", valueName: "seconds"))
    var killEvery: Double?

    @Option(help: .init("Stops a worker (SIGSTOP) about this often.", valueName: "seconds"))
    var stopEvery: Double?

    @Option(help: .init("How long a stopped worker stays stopped.", valueName: "seconds"))
    var stopSeconds = 5.0

    @Option(help: .init("Cuts all connections about this often.", valueName: "seconds"))
    var cutEvery: Double?

    @Option(help: .init("Slows the network about this often.", valueName: "seconds"))
    var slowEvery: Double?

    @Option(
        help: .init(
            "How long the network stays slow, and with --namespaces how long it stays cut.",
            valueName: "seconds"))
    var networkFaultSeconds = ChaosPlan().networkFaultSeconds

    @Flag(
        help:
            "Runs each process in its own network namespace, as if on its own host. Needs root, iproute2 and nftables."
    )
    var namespaces = false

    @Option(help: .init("With --namespaces: the percentage of packets that are lost.", valueName: "percent"))
    var loss = 0

    @Option(
        help: .init("Kills the coordinator about this often, and restarts it.", valueName: "seconds"))
    var killCoordinatorEvery: Double?

    @Option(help: .init("Adds one more worker after this time.", valueName: "seconds"))
    var joinAfter: Double?

    @Option(help: .init("Injects no faults after this time, so that the run can end.", valueName: "seconds"))
    var faultSeconds = ChaosPlan().faultSeconds

    @Option(help: .init("Decides when faults happen and which workers they hit.", valueName: "number"))
    var faultSeed: UInt64 = 0

    /// The plan that the options describe.
    func chaos(workers: Int) throws -> ChaosPlan {
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
            throw ValidationError(
                "--loss: packets can be lost only between namespaces; give --namespaces too")
        }
    }
}
