import ArgumentParser
import ClusterRuntime
import Foundation

/// The program's exit codes.
enum Exit {
    static let done: Int32 = 0
    static let failed: Int32 = 1
    static let usage: Int32 = 64
    /// A worker found no coordinator for as long as it waits; the value of `EX_UNAVAILABLE`.
    static let unserved: Int32 = 69
    static let interrupted = WorkerOutcome.interruptedStatus
    /// The status that a shell gives for a process ended by SIGPIPE.
    static let brokenPipe: Int32 = 141
}

/// A command's failure that belongs to no module's error type, worded for the user.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A command's error as the user sees it: an exit code, and a line unless the command has printed one.
struct Failure {
    let exitCode: Int32
    /// "what is wrong; what to do"; `nil` if the command has already printed it.
    let line: String?

    /// - Parameter arguments: the command line's arguments, which decide the help command to suggest.
    init(_ error: any Error, arguments: [String]) {
        if let code = error as? ExitCode {
            (exitCode, line) = (code.rawValue, nil)
        } else if HeadStartCommand.exitCode(for: error) == .validationFailure {
            let message = Self.oneLine(HeadStartCommand.message(for: error))
            let remedy = message.contains("; ") ? "" : "; see \(Self.helpCommand(for: arguments))"
            (exitCode, line) = (Exit.usage, message + remedy)
        } else {
            exitCode =
                switch error {
                case is PlanError: Exit.usage
                case is NoCoordinator: Exit.unserved
                default: Exit.failed
                }
            line = String(describing: error)
        }
    }

    /// The `--help` command line of the command that `arguments` begin with.
    private static func helpCommand(for arguments: [String]) -> String {
        var command: ParsableCommand.Type = HeadStartCommand.self
        var names = ["headstart"]
        for argument in arguments {
            let subcommands = command.configuration.subcommands
            guard let next = subcommands.first(where: { $0.configuration.commandName == argument }) else {
                break
            }
            command = next
            names.append(argument)
        }
        return "\"\(names.joined(separator: " ")) --help\""
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .joined(separator: " ")
    }
}
