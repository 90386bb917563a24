import ClusterRuntime
import Foundation
import TestSupport
import Testing

/// The program as a shell starts it with streams that don't take what it writes.
@Suite("Streams that can't be written", .serialized, .timeLimit(.minutes(5)))
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

@Suite("The thread that owns the sockets waits for nothing else", .serialized, .timeLimit(.minutes(10)))
struct SocketThreadTests {
    @Test("a standard error that is full and nobody reads changes nothing about a run")
    func unreadErrors() throws {
        let run = try LocalRun(pictures: 4)
        let expected = try run.train(run: "calm", epochs: 2)
        let pipe = Pipe()
        // Full before the first line.
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
        let block = [UInt8](repeating: 0x2E, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
        while write(descriptor, block, 1) > 0 {}
        #expect(fcntl(descriptor, F_SETFL, 0) == 0)
        let process = Process()
        process.executableURL = URL(filePath: Program.path)
        process.arguments = run.arguments(run: "unread", epochs: 2, ["--log-level", "debug"])
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(try run.model(of: "unread") == expected)
        withExtendedLifetime(pipe) {}
    }

    @Test("a pipe in a picture's place is left to the one that needs it: the run says so and goes on")
    func pipeForPicture() throws {
        let run = try LocalRun(pictures: 4)
        let cluster = try LocalCluster(run.cluster(run: "pipe", epochs: 1))
        // The pictures are scanned, and nobody has fetched one.
        #expect(cluster.coordinator.waitForLine { $0.contains("listening at") } != nil)
        let folder = run.folder.path("data/train/circles")
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).sorted().first)
        try FileManager.default.removeItem(atPath: folder + "/" + name)
        #expect(mkfifo(folder + "/" + name, 0o600) == 0)
        let worker = try cluster.startWorker()
        #expect(
            cluster.coordinator.waitForLine {
                $0.contains("content can't be served: ") && $0.contains(name)
                    && $0.contains("it is a device or a pipe")
            } != nil, "\(cluster.coordinator.lastLines)")
        // The coordinator answers on: signals, heartbeats and the other pictures.
        #expect(cluster.report(on: worker) != nil, "\(cluster.coordinator.lastLines)")
        #expect(cluster.coordinator.waitForEnd() != nil, "\(cluster.coordinator.lastLines)")
        print(cluster.coordinator.lastLines)
    }
}
