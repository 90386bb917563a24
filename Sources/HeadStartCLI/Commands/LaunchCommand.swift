import ArgumentParser
import ClusterRuntime
import Foundation
import Launch

/// `headstart launch`: starts workers on other hosts over SSH.
struct LaunchCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "launch",
        abstract: "Starts workers over SSH on the hosts listed in a file, and stops them together.",
        discussion: """
            Each line of the file is user@host:port workers=N threads=T program=PATH, where only the host is \
            required; # begins a comment. Workers' output is prefixed with the host's name. Ctrl-C makes all \
            workers hand back their work and leave. The exit status is 0 if every worker left normally.

            The token is sent to each host through SSH and appears in no file and no process list there.

            Example:
              headstart launch --hosts hosts.txt --connect tcp://192.168.1.5:7733 \\
                --token-file runs/first/token
              headstart launch --hosts hosts.txt --connect tcp://192.168.1.5:7733 \\
                --token-file runs/first/token -- --data /srv/photos
            """)

    @Option(help: .init("The file that lists the hosts.", valueName: "file"), completion: .file())
    var hosts: String

    @OptionGroup(title: "Coordinator") var join: JoinOptions

    @Option(
        help: .init("The SSH client, as a path or a name. (default: ssh)", valueName: "program"),
        completion: .file())
    var ssh: String?

    @OptionGroup(title: "Log") var log: LogOptions

    @Argument(
        parsing: .postTerminator,
        help: .init("Options of headstart worker, given to every worker.", valueName: "options"))
    var workerOptions: [String] = []

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
