import ClusterRuntime
import Foundation
import Logging
import TrainingReports

/// What a run may use of this machine.
public struct Machine: Sendable {
    /// The `headstart` program, of this library's version: worker processes are it, and it converts weight
    /// files. `nil` looks beside the running program, then in `PATH`.
    public var program: String?
    /// Weights, pictures and features that are kept between runs; `nil` for the user's, `~/.cache/headstart`.
    public var cacheFolder: String?

    /// A machine, with everything where it is by default.
    public init(program: String? = nil, cacheFolder: String? = nil) {
        self.program = program
        self.cacheFolder = cacheFolder
    }

    func environment(onLine: @escaping @Sendable (String) -> Void = { _ in }) throws -> RuntimeEnvironment {
        let variables = ProcessInfo.processInfo.environment
        // Without a terminal the display writes whole lines.
        let display = ProgressDisplay(terminalColumns: nil) { text in
            for line in text.split(whereSeparator: \.isNewline) { onLine(String(line)) }
        }
        let logger = Logger(label: "headstart") { _ in
            DisplayLogHandler(display: display, form: .plain, wallClock: { Date() })
        }
        do {
            var environment = try RuntimeEnvironment(
                executablePath: programPath(variables["PATH"] ?? ""), variables: variables,
                terminalColumns: nil, display: display, logger: logger)
            if let cacheFolder { environment.cacheDirectory = Self.absolute(cacheFolder) }
            return environment
        } catch { throw HeadStartError(error) }
    }

    /// Paths are resolved when they are given; the folder that a program works in may change.
    static func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }

    private func programPath(_ searchPath: String) throws -> String {
        if let program { return Self.absolute(program) }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folders =
            [URL(filePath: own).deletingLastPathComponent().path]
            + searchPath.split(separator: ":").map(String.init)
        for folder in folders where FileManager.default.isExecutableFile(atPath: folder + "/headstart") {
            return folder + "/headstart"
        }
        throw HeadStartError(
            description:
                "the program headstart is neither beside this one nor in PATH; install it, or name it "
                + "with Machine(program:)")
    }
}
