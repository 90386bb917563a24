import ContentAddressing
import ExactArithmetic
import Foundation
import Logging
import TrainingReports

/// What the runtime may know of the machine and the user; read once, by the command line, and passed down.
package struct RuntimeEnvironment: Sendable {
    /// The program itself, for starting worker and converting processes.
    package var executablePath: String
    package var homeDirectory: String
    /// Where HeadStart keeps what it can do without: weights, pictures, features.
    package var cacheDirectory: String
    package var hostName: String
    /// What this process may use of the machine's processors: affinity and quota are taken off.
    package var processorCount: Int
    /// Gives the text of a file of the system, as in /proc; `nil` where it can't be read.
    package var readSystemFile: ControlGroups.Reader
    /// The vector kernels that were chosen for this machine.
    package var kernels: KernelSet
    /// The width of the terminal that standard error is; `nil` where it is none.
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

    /// This process' machine and user, as the variables of its environment tell them.
    ///
    /// - Throws: `KernelSelectionError` for kernels that HEADSTART_KERNELS names and this machine hasn't.
    package init(
        executablePath: String, variables: [String: String], terminalColumns: Int?, display: ProgressDisplay,
        logger: Logger
    ) throws {
        let read: ControlGroups.Reader = { path in
            // The kernel's files have no length before they are read.
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

    /// Where digests of files are remembered.
    var digestDirectory: String { cacheDirectory + "/digests" }

    /// The same with another cache folder, where one is given. What earlier versions left there for others to
    /// read is closed; the folder itself may hold more of the user's than a cache.
    func with(cacheDirectory: String?) -> RuntimeEnvironment {
        var environment = self
        if let cacheDirectory { environment.cacheDirectory = cacheDirectory }
        for name in ["content", "digests", "features", "verdicts", "weights"] {
            keepPrivate(environment.cacheDirectory + "/" + name)
        }
        return environment
    }
}
