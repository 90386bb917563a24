import ClusterRuntime
import Testing

@testable import HeadStartCLI

@Suite("How a log is chosen")
struct LogOptionsTests {
    private func settings(_ arguments: [String], _ variables: [String: String] = [:]) throws -> LogSettings {
        try LogOptions.parse(arguments).settings(variables: variables)
    }

    @Test("an option goes before the environment, and an empty variable counts as absent")
    func precedence() throws {
        let variables = ["HEADSTART_LOG_LEVEL": "debug", "HEADSTART_LOG_FORMAT": "json"]
        #expect(try settings([]) == LogSettings())
        #expect(try settings([], variables) == LogSettings(level: .debug, format: .json))
        #expect(try settings(["--log-level", "error", "--log-format", "text"], variables).level == .error)
        #expect(try settings(["-q"], variables) == LogSettings(level: .warning, format: .json))
        #expect(try settings([], ["HEADSTART_LOG_LEVEL": ""]) == LogSettings())
    }

    @Test("what can't be used is named")
    func errors() {
        #expect(throws: (any Error).self) { try LogOptions.parse(["--quiet", "--log-level", "debug"]) }
        #expect(throws: (any Error).self) { try LogOptions.parse(["--log-level", "loud"]) }
        let error = #expect(throws: PlanError.self) { try settings([], ["HEADSTART_LOG_FORMAT": "xml"]) }
        #expect(error?.option == "HEADSTART_LOG_FORMAT")
    }

    @Test("progress is shown as text at the level info or below")
    func progress() {
        #expect(LogSettings().showsProgress && LogSettings(level: .debug).showsProgress)
        #expect(!LogSettings(level: .notice).showsProgress && !LogSettings(format: .json).showsProgress)
    }

    @Test("a launched worker's line has the level that it says, and what isn't of its log is a warning")
    func relayedLevels() {
        #expect(LogSettings.level(of: "2026-11-25T21:43:53Z  leaving: the run is over") == .info)
        #expect(LogSettings.level(of: "2026-11-25T21:43:53Z  warning: slow") == .warning)
        #expect(LogSettings.level(of: "2026-11-25T21:43:53Z  error: gone") == .error)
        #expect(LogSettings.level(of: "error: no; try") == .error)
        #expect(LogSettings.level(of: "Permission denied (publickey).") == .warning)
    }
}
