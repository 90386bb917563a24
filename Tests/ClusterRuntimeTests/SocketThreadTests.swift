import ClusterTestSupport
import Foundation
import Glibc
import TestSupport
import Testing

@testable import ClusterHarness
@testable import ClusterRuntime

@Suite("The thread that owns the sockets waits for nothing else", .serialized, .ending)
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

    @Test(
        "a pipe in a picture's place is named and stops nothing else; with the picture back the run is whole")
    func pipeForPicture() throws {
        let run = try LocalRun(pictures: 4)
        let expected = try run.train(run: "calm", epochs: 1)
        let cluster = try LocalCluster(run.cluster(run: "pipe", epochs: 1))
        // The pictures are scanned, and nobody has fetched one.
        #expect(cluster.coordinator.waitForLine { $0.contains("listening at") } != nil)
        let folder = run.folder.path("data/train/circles")
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).sorted().first)
        let (path, aside) = (folder + "/" + name, run.folder.path("aside"))
        #expect(rename(path, aside) == 0 && mkfifo(path, 0o600) == 0)
        let worker = try cluster.startWorker()
        #expect(
            cluster.coordinator.waitForLine {
                $0.contains("content can't be served: ") && $0.contains(name)
                    && $0.contains("it is a device or a pipe")
            } != nil, "\(cluster.coordinator.lastLines)")
        // The coordinator answers on: signals, heartbeats and the other pictures.
        #expect(cluster.report(on: worker) != nil, "\(cluster.coordinator.lastLines)")
        #expect(rename(aside, path) == 0)
        #expect(cluster.coordinator.waitForEnd() == .exited(0), "\(cluster.coordinator.lastLines)")
        #expect(try cluster.modelDigest() == expected)
    }
}
