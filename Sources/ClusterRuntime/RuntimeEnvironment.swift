import ExactArithmetic
import Files
import Foundation
import Logging
import TrainingReports

/// What the runtime knows about the machine and the user; read once at the start and passed down.
package struct RuntimeEnvironment: Sendable {
    /// The path of this program, for starting worker and conversion processes.
    package var executablePath: String
    package var homeDirectory: String
    /// Where HeadStart keeps what it can get again: weights, pictures, features.
    package var cacheDirectory: String
    package var hostName: String
    /// How many processors this process may use, given its affinity and quota.
    package var processorCount: Int
    /// Returns the text of a system file, as in /proc; `nil` if it can't be read.
    package var readSystemFile: ControlGroups.Reader
    /// The vector kernels for this machine.
    package var kernels: KernelSet
    /// The width of the terminal that standard error is; `nil` if it is none.
    package var terminalColumns: Int?
    /// Seconds since 1970, for files that other programs sort by time.
    package var wallClock: @Sendable () -> Double
    /// Where progress and log lines go: standard error.
    package var display: ProgressDisplay
    /// Writes to `display`.
    package var logger: Logger

    package init(
        executablePath: String, homeDirectory: String, cacheDirectory: String, hostName: String,
        processorCount: Int, readSystemFile: @escaping ControlGroups.Reader, kernels: KernelSet,
        terminalColumns: Int?,
        wallClock: @escaping @Sendable () -> Double, display: ProgressDisplay, logger: Logger
    ) {
        self.executablePath = executablePath
        self.homeDirectory = homeDirectory
        self.cacheDirectory = cacheDirectory
        self.hostName = hostName
        self.processorCount = processorCount
        self.readSystemFile = readSystemFile
        self.kernels = kernels
        self.terminalColumns = terminalColumns
        self.wallClock = wallClock
        self.display = display
        self.logger = logger
    }

    /// This process's machine and user, with settings from its environment variables.
    ///
    /// - Throws: `KernelSelectionError` if HEADSTART_KERNELS names kernels that this machine lacks.
    package init(
        executablePath: String, variables: [String: String], terminalColumns: Int?, display: ProgressDisplay,
        logger: Logger
    ) throws {
        let read: ControlGroups.Reader = { path in
            // The kernel's files have no known length before they are read.
            try? FileHandle(forReadingFrom: URL(filePath: path)).readToEnd()
                .map { String(decoding: $0, as: UTF8.self) }
        }
        let home = variables["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        let caches = variables["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.cache"
        self.init(
            executablePath: executablePath, homeDirectory: home, cacheDirectory: caches + "/headstart",
            hostName: ProcessInfo.processInfo.hostName,
            processorCount: AvailableProcessors.count(
                online: ProcessInfo.processInfo.activeProcessorCount, read: read),
            readSystemFile: read,
            kernels: try KernelSet.selected(override: variables["HEADSTART_KERNELS"]),
            terminalColumns: terminalColumns, wallClock: { Date().timeIntervalSince1970 }, display: display,
            logger: logger)
    }

    var digestDirectory: String { cacheDirectory + "/digests" }

    /// A copy with another cache folder, if one is given. Subfolders that earlier versions left readable by
    /// others are made private; the cache folder itself may hold other files of the user.
    func with(cacheDirectory: String?) -> RuntimeEnvironment {
        var environment = self
        if let cacheDirectory { environment.cacheDirectory = cacheDirectory }
        for name in ["content", "digests", "features", "verdicts", "weights"] {
            keepPrivate(environment.cacheDirectory + "/" + name)
        }
        return environment
    }
}
