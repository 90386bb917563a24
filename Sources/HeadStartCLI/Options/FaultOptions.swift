import ArgumentParser
import ClusterRuntime

/// The trouble that `cluster` makes.
struct FaultOptions: ParsableArguments {
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

    /// What is to happen.
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
            throw ValidationError("--loss: packets are lost between hosts only; give --namespaces too")
        }
    }
}
