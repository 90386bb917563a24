import ArgumentParser
import ClusterRuntime
import Foundation
import Launch

/// `headstart run`: the one command that every task of a launcher runs.
struct RunCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract:
            "Trains as one task of srun, torchrun or an indexed job; each task finds its role from its rank.",
        discussion: """
            Rank 0 runs the coordinator and a worker; the other ranks run a worker each. The rank is RANK, \
            SLURM_PROCID or JOB_COMPLETION_INDEX. The coordinator's address is HEADSTART_ADDRESS if that is \
            set; otherwise MASTER_ADDR and MASTER_PORT, or the first host of SLURM_STEP_NODELIST with a port \
            derived from the job's number.

            The other ranks join with the token in RUN/token, or in the --keys folder, and wait for it to \
            appear: all tasks must share that folder. HEADSTART_TOKEN_FILE or HEADSTART_TOKEN give the token \
            instead.

            Example:
              headstart run photos/train --validation photos/val --out runs/first \\
                --resume-if-begun
            """)

    @OptionGroup var training: TrainingOptions

    @Option(
        help: .init(
            "The address that the coordinator binds. (default: all interfaces)", valueName: "tcp://HOST:PORT"
        ))
    var listen: String?

    @OptionGroup(title: "Access") var access: AccessOptions

    @Option(help: .init("Threads of each task's worker. (default: all cores)", valueName: "count"))
    var threads: Int?

    @OptionGroup(title: "Log") var log: LogOptions

    /// The plan of the task with rank 0.
    func coordinatorPlan(_ role: ClusterRole) throws -> TrainingPlan {
        var plan = try training.plan()
        plan.listenEndpoint = listen ?? role.listenEndpoint
        plan.localWorkers = 1
        plan.threadsPerWorker = threads
        access.apply(to: &plan)
        try plan.validate()
        return plan
    }

    /// The plan of the other tasks; picture folders that their hosts can see save the transfer.
    func workerPlan(_ role: ClusterRole, variables: JoinVariables) throws -> WorkerPlan {
        let coordinator = try coordinatorPlan(role)
        var plan = WorkerPlan(connectEndpoint: role.address)
        plan.isInsecure = access.insecure
        if let file = variables.tokenFile {
            try plan.takeToken(file: file)
        } else if let text = variables.token {
            try plan.takeToken(text: text, source: "HEADSTART_TOKEN")
        } else if !coordinator.isInsecure {
            try plan.awaitToken(of: coordinator, seconds: Self.connectTimeoutSeconds)
        }
        plan.dataDirectories = [training.data.trainDirectory] + [training.data.validation].compactMap { $0 }
        plan.threads = threads
        plan.connectTimeoutSeconds = Self.connectTimeoutSeconds
        plan.cacheDirectory = training.run.cache.folder.cache
        if let bounds = training.run.cache.given { plan.cacheBounds = bounds }
        try plan.validate()
        return plan
    }

    /// Tasks may start minutes apart, and the coordinator reads all pictures first.
    private static let connectTimeoutSeconds = 1_800

    func run() throws {
        let role = try ClusterRole(environment: ProcessInfo.processInfo.environment)
        let environment = try environment()
        environment.logger.notice(
            "task \(role.rank) of \(role.size.map(String.init) ?? "several"), started by \(role.launcher.rawValue): \(role.coordinates ? "runs the coordinator" : "works for the coordinator") at \(role.address)"
        )
        if role.coordinates {
            let plan = try coordinatorPlan(role)
            try runLocalTraining(plan, environment: environment).report(output: plan.output)
        } else {
            try runWorker(workerPlan(role, variables: .current()), environment: environment).report()
        }
    }
}
