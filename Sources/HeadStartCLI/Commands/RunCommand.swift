import ArgumentParser
import ClusterRuntime
import Foundation

/// `headstart run`: the same command in every task of a launcher.
struct RunCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Trains in all tasks of srun, torchrun or an indexed job, which each find their part.",
        discussion: """
            Rank 0 coordinates and has a worker beside it, the others work for it. The rank is RANK, SLURM_PROCID or \
            JOB_COMPLETION_INDEX. The coordinator's address is HEADSTART_ADDRESS; else MASTER_ADDR and MASTER_PORT, \
            or the first host of SLURM_STEP_NODELIST with a port that follows from the job's number.

            The token that admits the others is RUN/token, or the one in --keys, which they wait for in a folder that \
            all share; HEADSTART_TOKEN_FILE or HEADSTART_TOKEN name another way.

            Example:
              headstart run photos/train --validation photos/val --out runs/first \\
                --resume-if-begun
            """)

    @OptionGroup var training: TrainingOptions

    @Option(
        help: .init(
            "The address that the coordinator binds. (default: every interface)", valueName: "tcp://HOST:PORT"
        ))
    var listen: String?

    @OptionGroup(title: "Access") var access: AccessOptions

    @Option(help: .init("Threads of each task's worker. (default: every core)", valueName: "count"))
    var threads: Int?

    @OptionGroup(title: "Log") var log: LogOptions

    /// What the first task does.
    func coordinatorPlan(_ role: ClusterRole) throws -> TrainingPlan {
        var plan = try training.plan()
        plan.listenEndpoint = listen ?? role.listenEndpoint
        plan.localWorkers = 1
        plan.threadsPerWorker = threads
        access.apply(to: &plan)
        try plan.validate()
        return plan
    }

    /// What the other tasks do; folders that are there on their hosts too save the transfer.
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
            "task \(role.rank) of \(role.size.map(String.init) ?? "several"), by \(role.launcher.rawValue): \(role.coordinates ? "coordinates, reachable" : "works for the coordinator") at \(role.address)"
        )
        if role.coordinates {
            let plan = try coordinatorPlan(role)
            try runLocalTraining(plan, environment: environment).report(output: plan.output)
        } else {
            try runWorker(workerPlan(role, variables: .current()), environment: environment).report()
        }
    }
}
