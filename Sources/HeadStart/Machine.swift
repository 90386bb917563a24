import ClusterRuntime
import ExactArithmetic
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
        let home = NSHomeDirectory()
        let caches = variables["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.cache"
        let lines = LineSplitter(onLine)
        let display = ProgressDisplay(terminalColumns: nil) { lines.take($0) }
        let kernels: KernelSet
        do { kernels = try KernelSet.selected(override: variables["HEADSTART_KERNELS"]) } catch {
            throw HeadStartError(error)
        }
        return RuntimeEnvironment(
            executablePath: try programPath(variables["PATH"] ?? ""), homeDirectory: home,
            cacheDirectory: cacheFolder.map(Self.absolute) ?? caches + "/headstart",
            hostName: ProcessInfo.processInfo.hostName,
            processorCount: ProcessInfo.processInfo.activeProcessorCount, kernels: kernels,
            terminalColumns: nil, wallClock: { Date().timeIntervalSince1970 }, display: display,
            logger: Logger(label: "headstart") { _ in DisplayMessages(display: display) })
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

/// What the display writes, as whole lines.
private final class LineSplitter: Sendable {
    private let onLine: @Sendable (String) -> Void

    init(_ onLine: @escaping @Sendable (String) -> Void) { self.onLine = onLine }

    /// Without a terminal the display writes whole lines.
    func take(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) { onLine(String(line)) }
    }
}

/// Log messages on the display, as they are.
private struct DisplayMessages: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    let display: ProgressDisplay

    init(display: ProgressDisplay) { self.display = display }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { display.message("\(event.message)") }
}
