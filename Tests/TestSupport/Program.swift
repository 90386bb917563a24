import Foundation

/// The program under test, as users start it.
package enum Program {
    /// The executable that was built beside the tests.
    package static let path = beside("headstart")

    /// An executable of that name beside the tests.
    package static func beside(_ name: String) -> String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: tests).deletingLastPathComponent().appending(path: name).path
    }

    /// What a finished process left.
    package struct Finished {
        package let status: Int32
        package let output: String
        package let errors: String

        /// The error lines as users see them, without the log.
        package var errorLines: [String] {
            errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("error: ") }
        }
    }

    /// Runs it to its end.
    @discardableResult
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], launcher: [String] = []
    ) throws -> Finished {
        try Running(arguments, environment: environment, launcher: launcher).wait()
    }

    /// A process under way. Used from one test at a time.
    package final class Running {
        private let process = Process()
        private let folder: URL

        /// - Parameters:
        ///   - launcher: a command that starts the program, such as `setpriv` with its options.
        ///   - program: another executable that was built beside the tests.
        package init(
            _ arguments: [String], environment: [String: String] = [:], launcher: [String] = [],
            program: String = "headstart"
        ) throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "headstart-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let command = launcher + [Program.beside(program)] + arguments
            process.executableURL = URL(filePath: command[0])
            process.arguments = Array(command.dropFirst())
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try Self.file(folder.appending(path: "output"))
            process.standardError = try Self.file(folder.appending(path: "errors"))
            try process.run()
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            try? FileManager.default.removeItem(at: folder)
        }

        private static func file(_ url: URL) throws -> FileHandle {
            FileManager.default.createFile(atPath: url.path, contents: nil)
            return try FileHandle(forWritingTo: url)
        }

        package var processID: pid_t { process.processIdentifier }
        package var isRunning: Bool { process.isRunning }

        package func send(signal: Int32) { kill(process.processIdentifier, signal) }

        /// What it wrote to standard error so far.
        package var errors: String { text("errors") }

        private func text(_ name: String) -> String {
            String(
                decoding: FileManager.default.contents(atPath: folder.appending(path: name).path) ?? Data(),
                as: UTF8.self)
        }

        /// Waits until `condition` holds for what was written to standard error, or the process has ended.
        package func wait(seconds: Double = 60, until condition: (String) -> Bool) -> Bool {
            let deadline = Date().addingTimeInterval(seconds)
            while Date() < deadline {
                if condition(errors) { return true }
                guard process.isRunning else { return condition(errors) }
                usleep(5_000)
            }
            return false
        }

        package func wait() -> Finished {
            process.waitUntilExit()
            let status =
                process.terminationReason == .exit
                ? process.terminationStatus : 128 + process.terminationStatus
            return Finished(status: status, output: text("output"), errors: errors)
        }
    }
}
