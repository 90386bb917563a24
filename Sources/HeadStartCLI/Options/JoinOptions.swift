import ArgumentParser
import ClusterRuntime

/// How a worker finds its coordinator and proves itself: options, or the environment where none is given.
struct JoinOptions: ParsableArguments {
    @Option(
        help: .init(
            "The coordinator's address. (default: $HEADSTART_ADDRESS)", valueName: "tcp://HOST:PORT"))
    var connect: String?

    @Option(
        help: .init(
            "The file with the coordinator's token, RUN/token there, or - for standard input. (default: $HEADSTART_TOKEN_FILE, or the token itself in $HEADSTART_TOKEN)",
            valueName: "file"), completion: .file())
    var tokenFile: String?

    @Option(
        help: .init(
            "The token itself. Other users of this machine can read it in the list of processes: better a file.",
            valueName: "token"))
    var token: String?

    @Flag(help: "Connects without encryption to a coordinator that runs with --insecure.")
    var insecure = false

    /// A plan with the address and the token that were asked for.
    ///
    /// - Parameter variables: those of the environment that count where no option is given.
    func plan(variables: JoinVariables) throws -> WorkerPlan {
        guard let address = connect ?? variables.address else {
            throw PlanError(
                option: "--connect", problem: "no address is given",
                remedy: "name the coordinator's as tcp://HOST:PORT, or set HEADSTART_ADDRESS")
        }
        guard tokenFile == nil || token == nil else {
            throw PlanError(
                option: "--token", problem: "there is --token-file already", remedy: "take one of the two")
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

/// What launchers set so that a worker needs no options.
struct JoinVariables {
    var address: String?
    var tokenFile: String?
    var token: String?
}
