import ArgumentParser
import ClusterRuntime

/// `headstart coordinator`: the part of a run that holds the head and hands out work.
struct CoordinatorCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Coordinates a run for workers on this and other machines, and waits for them.",
        discussion: """
            It reads the pictures, holds the head and its optimizer, and hands out work; workers may come and go at \
            any time without changing the result.

            Every address is encrypted and admits whoever has the token in RUN/token. Workers that this user starts on \
            this machine need none where the address is 127.0.0.1 or every one.

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

    /// What the runtime is asked for.
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
