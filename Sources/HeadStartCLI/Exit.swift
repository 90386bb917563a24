import ArgumentParser
import ClusterRuntime
import Foundation

/// The exit codes that the design promises.
enum Exit {
    static let done: Int32 = 0
    static let failed: Int32 = 1
    static let usage: Int32 = 64
    static let interrupted: Int32 = 130
}

/// A failure of a command that has no domain of its own, worded for the user.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension HeadStartCommand {
    /// Prints what `error` says, where it belongs, and gives the exit code.
    static func report(_ error: any Error, arguments: [String]) -> Int32 {
        if let code = error as? ExitCode { return code.rawValue }
        switch exitCode(for: error) {
        case .success:
            print(message(for: error))  // Help and version.
            return Exit.done
        case .validationFailure:
            printError("\(oneLine(message(for: error))); see \(helpCommand(for: arguments))")
            return Exit.usage
        default:
            printError(oneLine(String(describing: error)))
            return error is PlanError ? Exit.usage : Exit.failed
        }
    }

    /// One line on standard error: "error: what is wrong; what to do".
    static func printError(_ text: String) {
        FileHandle.standardError.write(Data("error: \(text)\n".utf8))
    }

    /// One line on standard error that is no failure.
    static func printNote(_ text: String) {
        FileHandle.standardError.write(Data("note: \(text)\n".utf8))
    }

    /// The `--help` of the command that `arguments` begin with.
    private static func helpCommand(for arguments: [String]) -> String {
        let first = configuration.subcommands.first { $0.configuration.commandName == arguments.first }
        let second = first?.configuration.subcommands.first {
            $0.configuration.commandName == arguments.dropFirst().first
        }
        let names = ["headstart", first?.configuration.commandName, second?.configuration.commandName]
        return "\"\((names.compactMap { $0 } + ["--help"]).joined(separator: " "))\""
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .joined(separator: " ")
    }
}
