import ArgumentParser
import ClusterRuntime

/// `headstart worker`: computes features and gradients for a coordinator.
struct WorkerCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Works for a coordinator: computes features and gradients of its pictures.",
        discussion: """
            It dials out and needs no open port. What it lacks, weights and pictures, it gets from the coordinator \
            and keeps in its cache; own copies save the transfer. Given 127.0.0.1 it needs no token where the same \
            user's coordinator listens.

            Example:
              headstart worker --connect tcp://192.168.1.5:7733 --token-file token
            """)

    private static let standard = WorkerPlan(connectEndpoint: "")

    @OptionGroup(title: "Coordinator") var join: JoinOptions

    @Option(
        help: .init("A folder with own copies of the pictures; may be repeated.", valueName: "dir"),
        completion: .directory)
    var data: [String] = []

    @Option(
        help: .init("An own copy of the weight file.", valueName: "file"),
        completion: .file(extensions: ["h5", "safetensors"]))
    var weights: String?

    @Option(help: .init("Threads to compute with. (default: every core)", valueName: "count"))
    var threads: Int?

    @Option(
        help: .init(
            "Gives up when the coordinator hasn't answered for so long at first.", valueName: "seconds"))
    var connectTimeout = Self.standard.connectTimeoutSeconds

    @Option(
        help: .init("Leaves when a coordinator that was there has gone for so long.", valueName: "seconds"))
    var patience = Self.standard.patienceSeconds

    @Flag(help: .init("Leaves when standard input ends; for workers that train starts.", visibility: .hidden))
    var leaveWithParent = false

    @OptionGroup(title: "Cache") var cache: CacheOptions

    @OptionGroup(title: "Log") var log: LogOptions

    /// What the runtime is asked for.
    func plan(variables: JoinVariables) throws -> WorkerPlan {
        var plan = try join.plan(variables: variables)
        plan.dataDirectories = data.map(\.absolutePath)
        plan.weightsFile = weights?.absolutePath
        plan.threads = threads
        plan.connectTimeoutSeconds = connectTimeout
        plan.patienceSeconds = patience
        plan.leavesWithParent = leaveWithParent
        plan.cacheDirectory = cache.folder.cache?.absolutePath
        if let bounds = cache.given { plan.cacheBounds = bounds }
        try plan.validate()
        return plan
    }

    func run() throws {
        let plan = try plan(variables: .current())
        let environment = try environment()
        if join.token != nil {
            environment.logger.warning(
                "--token shows the token to other users of this machine; give --token-file")
        }
        try runWorker(plan, environment: environment).report()
    }
}
