import ClusterRuntime
import ExactArithmetic
import Foundation
import Logging
import TrainingReports
import VGGBackbone

extension RuntimeEnvironment {
    /// This process' machine, user and terminal.
    static func current(log: LogSettings = LogSettings()) throws -> RuntimeEnvironment {
        let variables = ProcessInfo.processInfo.environment
        let columns = terminalColumns()
        if log.format == .json {
            StandardError.writer.setNotice {
                JSONLogLine(time: Date(), level: .warning, message: TextWriter.missing($0)).text + "\n"
            }
        }
        let display = ProgressDisplay(terminalColumns: columns, showsProgress: log.showsProgress) {
            StandardError.write($0)
        }
        let form: LogForm =
            log.format == .json ? .json : columns == nil ? .dateAndTime : .timeOfDay
        return try RuntimeEnvironment(
            executablePath: executablePath(), variables: variables, terminalColumns: columns,
            display: display,
            logger: Logger(label: "headstart") { _ in
                DisplayLogHandler(
                    display: display, form: form, level: log.level.loggingLevel, wallClock: { Date() })
            })
    }

    /// The path of the program's own file, with links resolved.
    private static func executablePath() throws -> String {
        do { return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") } catch {
            throw CommandFailure("the program can't find its own file; mount /proc")
        }
    }

    /// The width of the terminal at standard error; `nil` if that isn't a terminal or has no control codes.
    private static func terminalColumns() -> Int? {
        ProcessInfo.processInfo.environment["TERM"] == "dumb" ? nil : terminalWidth(of: STDERR_FILENO)
    }
}

extension JoinVariables {
    /// This process' variables; an empty one counts as unset.
    static func current() -> JoinVariables {
        let variables = ProcessInfo.processInfo.environment
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        return JoinVariables(
            address: value("HEADSTART_ADDRESS"), tokenFile: value("HEADSTART_TOKEN_FILE"),
            token: value("HEADSTART_TOKEN"))
    }
}
