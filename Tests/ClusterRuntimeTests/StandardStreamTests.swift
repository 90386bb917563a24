import ClusterRuntime
import Foundation
import TestSupport
import Testing

/// The program as a shell starts it with streams that don't take what it writes.
@Suite("Streams that can't be written", .serialized, .ending)
struct StandardStreamTests {
    /// The exit code of a shell line, in which $HS is the program, and what it wrote to standard error.
    private func shell(_ line: String, in folder: TemporaryFolder) throws -> (status: Int32, errors: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-o", "pipefail", "-c", line]
        process.currentDirectoryURL = URL(filePath: folder.path)
        process.environment = ProcessInfo.processInfo.environment.merging(["HS": Program.path]) { $1 }
        let errors = try folder.write("errors.txt", [])
        process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOfFile: errors, encoding: .utf8))
    }

    @Test(
        "an error that can't be told is still an exit code",
        arguments: ["2>/dev/full", "2>&-", "<&- >&- 2>&-"])
    func errors(redirection: String) throws {
        #expect(try shell("\"$HS\" frobnicate \(redirection)", in: TemporaryFolder()).status == 64)
    }

    @Test(
        "results that can't be written are a failure with one line",
        arguments: ["--help", "--version", "sample pictures --pictures 1"], [">/dev/full", ">&-"])
    func results(command: String, redirection: String) throws {
        let (status, errors) = try shell("\"$HS\" \(command) \(redirection)", in: TemporaryFolder())
        #expect(status == 1)
        #expect(errors.hasPrefix("error: standard output can't be written"), "\(errors)")
        #expect(errors.contains("; ") && errors.split(separator: "\n").count == 1, "\(errors)")
    }

    @Test(
        "a reader that has gone ends the program quietly, with the status of SIGPIPE",
        arguments: ["--help", "train --help", "runs runs"])
    func brokenPipe(command: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("runs/a/config.json", "{".utf8)
        let (status, errors) = try shell("(sleep 0.3; exec \"$HS\" \(command)) | true", in: folder)
        #expect(status == 141 && errors.isEmpty, "\(status) \(errors)")
    }
}
