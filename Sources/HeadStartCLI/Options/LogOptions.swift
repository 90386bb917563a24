import ArgumentParser
import ClusterRuntime
import Foundation
import Logging

/// How the log is written.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// How much is logged; the names are swift-log's.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error

    var loggingLevel: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

/// What a command that runs long says on standard error, and how.
struct LogOptions: ParsableArguments {
    @Flag(
        name: .shortAndLong,
        help: "Only warnings, errors and the result: --log-level warning.")
    var quiet = false

    @Option(
        help: .init(
            "The least that is logged; progress counts as info. (default: $HEADSTART_LOG_LEVEL, or info)",
            valueName: "level"))
    var logLevel: LogLevel?

    @Option(
        help: .init(
            "json is an object a line with time, level, message and metadata, and no progress. (default: $HEADSTART_LOG_FORMAT, or text)",
            valueName: "format"))
    var logFormat: LogFormat?

    func validate() throws {
        if quiet, logLevel != nil {
            throw ValidationError("--quiet: there is --log-level already; take one of the two")
        }
    }

    /// What was asked for, or else what the environment says.
    func settings(
        variables: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> LogSettings {
        func value<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Choice? {
            guard let text = variables[name], !text.isEmpty else { return nil }
            guard let choice = Choice(rawValue: text) else {
                let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                throw PlanError(
                    option: name, problem: "\"\(text)\" can't be used",
                    remedy: "set one of \(known), or leave it unset")
            }
            return choice
        }
        let asked = quiet ? LogLevel.warning : logLevel
        return LogSettings(
            level: try asked ?? value("HEADSTART_LOG_LEVEL") ?? .info,
            format: try logFormat ?? value("HEADSTART_LOG_FORMAT") ?? .text)
    }
}

/// A log level and format.
struct LogSettings: Equatable {
    var level = LogLevel.info
    var format = LogFormat.text

    /// Whether bars, counts and the lines of epochs are shown as they are.
    var showsProgress: Bool { format == .text && level.loggingLevel <= .info }

    /// An error line, as the format has it.
    func error(_ text: String) {
        switch format {
        case .text: StandardError.error(text)
        case .json: write(.error, text)
        }
    }

    /// What is worth knowing and no failure.
    func note(_ text: String) {
        guard level.loggingLevel <= .notice else { return }
        switch format {
        case .text: StandardError.note(text)
        case .json: write(.notice, text)
        }
    }

    private func write(_ level: Logger.Level, _ text: String) {
        StandardError.write(JSONLogLine(time: Date(), level: level, message: text).text + "\n")
    }
}

/// A command whose log can be chosen.
protocol LoggingCommand: ParsableCommand {
    var log: LogOptions { get }
}

extension LoggingCommand {
    /// This process' environment, with the log that was asked for.
    func environment() throws -> RuntimeEnvironment { try .current(log: log.settings()) }
}

extension LogSettings {
    /// A line that a worker elsewhere has said, with the worker's name.
    func relay(_ line: String, of worker: String) {
        let lineLevel = Self.level(of: line)
        guard lineLevel >= level.loggingLevel else { return }
        switch format {
        case .text: StandardError.write("\(worker): \(line)\n")
        case .json:
            StandardError.write(
                JSONLogLine(
                    time: Date(), level: lineLevel, message: line, metadata: ["worker": .string(worker)]
                ).text + "\n")
        }
    }

    /// The level of a worker's line, after its time and two spaces. What has no time isn't of its log: SSH
    /// says so why it can't reach a host.
    static func level(of line: String) -> Logger.Level {
        guard let gap = line.range(of: "Z  ") else { return line.hasPrefix("error: ") ? .error : .warning }
        let text = line[gap.upperBound...]
        return text.hasPrefix("error: ") ? .error : text.hasPrefix("warning: ") ? .warning : .info
    }
}
