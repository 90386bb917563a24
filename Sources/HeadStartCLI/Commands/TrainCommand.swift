import ArgumentParser
import ClusterRuntime

/// `headstart train`: a complete run on this machine.
struct TrainCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a classifier on folders of pictures, with worker processes on this machine.",
        discussion: """
            Each folder in the training folder is a class. The run folder gets the model, its configuration, \
            history.csv and checkpoints. Ctrl-C saves a checkpoint; --resume continues from it.

            Example:
              headstart train photos/train --validation photos/val --out runs/first
            """)

    @OptionGroup var training: TrainingOptions

    @Option(
        help: .init(
            "Worker processes on this machine. (default: as many as speed up the run)", valueName: "count"))
    var workers: Int?

    @Option(
        help: .init("Threads per worker. (default: the cores, divided among the workers)", valueName: "count")
    )
    var threads: Int?

    @OptionGroup(title: "Log") var log: LogOptions

    func plan() throws -> TrainingPlan {
        var plan = try training.plan()
        plan.listenEndpoint = nil
        if let workers { plan.localWorkers = workers }
        if let threads { plan.threadsPerWorker = threads }
        try plan.validate()
        try plan.validateLocalWorkers()
        return plan
    }

    func run() throws {
        let plan = try plan()
        try runLocalTraining(plan, environment: environment()).report(output: plan.output)
    }
}
