import ClusterRuntime
import Foundation
import Logging
import TrainingReports

/// The parts of this machine that a run uses: the `headstart` program and the cache folder.
public struct Machine: Sendable {
    /// The path of the `headstart` program, of the same version as this library. It runs the worker processes
    /// and converts weight files. `nil` looks beside the running program, then in `PATH`.
    public var program: String?
    /// The folder of weights, pictures and features that are kept between runs; `nil` for the user's,
    /// `~/.cache/headstart`.
    public var cacheFolder: String?

    /// Creates a machine; `nil` stands for the default location.
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

    /// Resolves a path at once, since the working directory may change later.
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
