import ArgumentParser
import ClusterRuntime
import Foundation

/// `headstart launch`: workers on other hosts, over SSH.
struct LaunchCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "launch",
        abstract: "Starts workers on the hosts of a file over SSH, and ends them together.",
        discussion: """
            A line of the file is user@host:port workers=N threads=T program=PATH, of which only the host is needed; \
            # begins a comment. What workers say comes with the host's name before it. Ctrl-C lets all of them hand \
            their work back and leave. The exit status is 0 if every worker left in order.

            The token goes to each host through SSH, and is in no file and no list of processes there.

            Example:
              headstart launch --hosts hosts.txt --connect tcp://192.168.1.5:7733 \\
                --token-file runs/first/token
              headstart launch --hosts hosts.txt --connect tcp://192.168.1.5:7733 \\
                --token-file runs/first/token -- --data /srv/photos
            """)

    @Option(help: .init("The host file.", valueName: "file"), completion: .file())
    var hosts: String

    @OptionGroup(title: "Coordinator") var join: JoinOptions

    @Option(
        help: .init("The SSH client, a path or a name. (default: ssh)", valueName: "program"),
        completion: .file())
    var ssh: String?

    @OptionGroup(title: "Log") var log: LogOptions

    @Argument(
        parsing: .postTerminator, help: .init("Options of headstart worker, for all.", valueName: "options"))
    var workerOptions: [String] = []

    /// What the runtime is asked for.
    func plan(variables: JoinVariables) throws -> LaunchPlan {
        var plan = LaunchPlan(
            hosts: try HostFile(path: hosts).hosts, join: try join.plan(variables: variables))
        if let ssh { plan.sshProgram = ssh }
        plan.workerOptions = workerOptions
        try plan.validate()
        return plan
    }

    func run() throws {
        let log = try log.settings()
        let outcome = try RemoteWorkers(plan(variables: .current())) { worker, line in
            log.relay(line, of: worker)
        }.run()
        if outcome.wasInterrupted { throw ExitCode(Exit.interrupted) }
        guard outcome.failures.isEmpty else {
            throw CommandFailure(
                "\(outcome.failures.count) of \(outcome.started) workers failed (\(outcome.failures.joined(separator: " | "))"
                    + "); see to these hosts and launch them again")
        }
        print("all \(outcome.started) workers left in order")
    }
}
