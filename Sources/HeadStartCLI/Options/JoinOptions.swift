import ArgumentParser
import ClusterRuntime

/// The coordinator's address and token, from options or else from the environment.
struct JoinOptions: ParsableArguments {
    @Option(
        help: .init(
            "The coordinator's address. (default: $HEADSTART_ADDRESS)", valueName: "tcp://HOST:PORT"))
    var connect: String?

    @Option(
        help: .init(
            "A file with the coordinator's token (its RUN/token), or - for standard input. (default: $HEADSTART_TOKEN_FILE, or the token itself in $HEADSTART_TOKEN)",
            valueName: "file"), completion: .file())
    var tokenFile: String?

    @Option(
        help: .init(
            "The token itself. Other users of this machine can see it in the process list; prefer --token-file.",
            valueName: "token"))
    var token: String?

    @Flag(help: "Connects without encryption to a coordinator that runs with --insecure.")
    var insecure = false

    /// A plan with the address and the token that were given.
    ///
    /// - Parameter variables: the environment's values, used where no option is given.
    func plan(variables: JoinVariables) throws -> WorkerPlan {
        guard let address = connect ?? variables.address else {
            throw PlanError(
                option: "--connect", problem: "no address is given",
                remedy: "give the coordinator's as tcp://HOST:PORT, or set HEADSTART_ADDRESS")
        }
        guard tokenFile == nil || token == nil else {
            throw PlanError(
                option: "--token", problem: "it can't be combined with --token-file",
                remedy: "give one of the two")
        }
        var plan = WorkerPlan(connectEndpoint: address)
        plan.isInsecure = insecure
        if let token {
            try plan.takeToken(text: token, source: "--token")
        } else if let tokenFile {
            try plan.takeToken(file: tokenFile)
        } else if insecure {
            return plan
        } else if let file = variables.tokenFile {
            try plan.takeToken(file: file)
        } else if let text = variables.token {
            try plan.takeToken(text: text, source: "HEADSTART_TOKEN")
        }
        return plan
    }
}

/// The variables that launchers set so that a worker needs no options.
struct JoinVariables {
    var address: String?
    var tokenFile: String?
    var token: String?
}
