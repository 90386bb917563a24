import ArgumentParser
import ClusterRuntime

/// `headstart train`: the whole job on this machine.
struct TrainCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a classifier on folders of pictures, with worker processes on this machine.",
        discussion: """
            Each folder in the training folder is a class. The run folder gets the model, its configuration, \
            history.csv and checkpoints. Ctrl-C saves a checkpoint; --resume goes on from it.

            Example:
              headstart train photos/train --validation photos/val --out runs/first
            """)

    @OptionGroup var training: TrainingOptions

    @Option(
        help: .init("Worker processes on this machine. (default: as many as help here)", valueName: "count"))
    var workers: Int?

    @Option(help: .init("Threads of each worker. (default: the cores, shared)", valueName: "count"))
    var threads: Int?

    @OptionGroup(title: "Log") var log: LogOptions

    /// What the runtime is asked for.
    func plan() throws -> TrainingPlan {
        var plan = try training.plan()
        plan.listenEndpoint = nil
        if let workers { plan.localWorkers = workers }
        if let threads { plan.threadsPerWorker = threads }
        guard plan.localWorkers != 0 else {
            throw PlanError(
                option: "--workers", problem: "nobody would do the work",
                remedy: "give at least 1, or start headstart coordinator and workers of its own")
        }
        try plan.validate()
        return plan
    }

    func run() throws {
        let plan = try plan()
        try runLocalTraining(plan, environment: environment()).report(output: plan.output)
    }
}
