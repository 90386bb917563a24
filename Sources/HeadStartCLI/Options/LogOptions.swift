import ArgumentParser
import ClusterRuntime
import Foundation
import Logging

enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// The least severe level that is logged, under swift-log's names.
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

/// The log that a long-running command writes to standard error.
struct LogOptions: ParsableArguments {
    @Flag(
        name: .shortAndLong,
        help: "Shows only warnings, errors and the result, like --log-level warning.")
    var quiet = false

    @Option(
        help: .init(
            "The least severe level to log; progress counts as info. (default: $HEADSTART_LOG_LEVEL, or info)",
            valueName: "level"))
    var logLevel: LogLevel?

    @Option(
        help: .init(
            "text, or json: one object per line with time, level, message and metadata, and no progress. (default: $HEADSTART_LOG_FORMAT, or text)",
            valueName: "format"))
    var logFormat: LogFormat?

    func validate() throws {
        if quiet, logLevel != nil {
            throw ValidationError("--quiet: it can't be combined with --log-level; give one of the two")
        }
    }

    /// The settings from the options, or else from the environment.
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

struct LogSettings: Equatable {
    var level = LogLevel.info
    var format = LogFormat.text

    /// Whether progress bars, counts and epoch lines are shown as text.
    var showsProgress: Bool { format == .text && level.loggingLevel <= .info }

    /// Writes an error line in the log's format.
    func error(_ text: String) {
        switch format {
        case .text: StandardError.error(text)
        case .json: write(.error, text)
        }
    }

    /// Writes a note: worth knowing, but not an error.
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

/// A command with log options.
protocol LoggingCommand: ParsableCommand {
    var log: LogOptions { get }
}

extension LoggingCommand {
    /// This process' environment, with the chosen log.
    func environment() throws -> RuntimeEnvironment { try .current(log: log.settings()) }
}

extension LogSettings {
    /// Writes a remote worker's line, prefixed with the worker's name.
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

    /// The level of a worker's line, which follows its time and two spaces. A line without a time isn't from
    /// the worker's log: SSH writes such lines when it can't reach a host.
    static func level(of line: String) -> Logger.Level {
        guard let gap = line.range(of: "Z  ") else { return line.hasPrefix("error: ") ? .error : .warning }
        let text = line[gap.upperBound...]
        return text.hasPrefix("error: ") ? .error : text.hasPrefix("warning: ") ? .warning : .info
    }
}
