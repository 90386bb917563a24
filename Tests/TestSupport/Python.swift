import Foundation

/// A Python with packages of others, to open with them what this project writes: `HEADSTART_PYTHON`, or the
/// `python3` on PATH.
package enum Python {
    /// Whether it can import a package; for `.enabled(if:)`, so that a test without it is skipped by name.
    package static func has(_ module: String) -> Bool {
        (try? run("import \(module)")) != nil
    }

    /// A script that failed, with what it wrote to standard error.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Runs a script to its end and gives what it printed.
    package static func run(_ script: String, _ arguments: [String] = []) throws -> String {
        let process = Process()
        let python = ProcessInfo.processInfo.environment["HEADSTART_PYTHON"] ?? "python3"
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python, "-c", script] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // Python says little on standard error until its end; what it prints is read meanwhile.
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        let complaints = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: String(decoding: complaints, as: UTF8.self))
        }
        return String(decoding: printed, as: UTF8.self)
    }
}
