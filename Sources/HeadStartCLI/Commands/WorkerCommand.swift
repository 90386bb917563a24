import ArgumentParser
import ClusterRuntime

/// `headstart worker`: computes features and gradients for a coordinator.
struct WorkerCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Runs a worker, which computes features and gradients for a coordinator.",
        discussion: """
            A worker connects to the coordinator and needs no open port. It fetches missing weights and \
            pictures from the coordinator and keeps them in its cache; local copies save the transfer. With \
            the address 127.0.0.1 it needs no token if the same user's coordinator listens there.

            Example:
              headstart worker --connect tcp://192.168.1.5:7733 --token-file token
            """)

    private static let standard = WorkerPlan(connectEndpoint: "")

    @OptionGroup(title: "Coordinator") var join: JoinOptions

    @Option(
        help: .init("A folder with local copies of the pictures; may be repeated.", valueName: "dir"),
        completion: .directory)
    var data: [String] = []

    @Option(
        help: .init("A local copy of the weight file.", valueName: "file"),
        completion: .file(extensions: ["h5", "safetensors"]))
    var weights: String?

    @Option(help: .init("Threads to compute with. (default: all cores)", valueName: "count"))
    var threads: Int?

    @Option(
        help: .init(
            "Gives up if no coordinator answers within this time at the start.", valueName: "seconds"))
    var connectTimeout = Self.standard.connectTimeoutSeconds

    @Option(
        help: .init(
            "Exits if a coordinator that answered before is gone for this long.", valueName: "seconds"))
    var patience = Self.standard.patienceSeconds

    @Flag(
        help: .init(
            "Exits when standard input ends; for workers that another command starts.", visibility: .hidden))
    var leaveWithParent = false

    @OptionGroup(title: "Cache") var cache: CacheOptions

    @OptionGroup(title: "Log") var log: LogOptions

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
                "--token shows the token to other users of this machine; give --token-file instead")
        }
        try runWorker(plan, environment: environment).report()
    }
}
