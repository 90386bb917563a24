import ArgumentParser
import ClusterRuntime

/// `headstart coordinator`: holds a run's head and leases work to workers.
struct CoordinatorCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract:
            "Runs the coordinator of a training run, which waits for workers on this and other machines.",
        discussion: """
            The coordinator reads the pictures, holds the head and its optimizer, and leases work to \
            workers. Workers may join and leave at any time without changing the result.

            Every address is encrypted and admits workers that have the token in RUN/token. Workers of the \
            same user on the same machine need no token if the coordinator listens at 127.0.0.1 or on all \
            interfaces.

            Example:
              headstart coordinator photos/train --validation photos/val --out runs/first \\
                --listen tcp://192.168.1.5:7733
              headstart worker --connect tcp://192.168.1.5:7733 \\
                --token-file runs/first/token
            """)

    @OptionGroup var training: TrainingOptions

    @Option(help: .init("The address that workers connect to.", valueName: "tcp://HOST:PORT"))
    var listen: String

    @OptionGroup(title: "Access") var access: AccessOptions

    @OptionGroup(title: "Log") var log: LogOptions

    func plan() throws -> TrainingPlan {
        var plan = try training.plan()
        plan.listenEndpoint = listen
        plan.localWorkers = 0
        access.apply(to: &plan)
        try plan.validate()
        return plan
    }

    func run() throws {
        let plan = try plan()
        try runCoordinator(plan, environment: environment()).report(output: plan.output)
    }
}
