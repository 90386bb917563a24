import ClusterTestSupport
import Foundation
import Logging
import TestSupport
import Testing
import TrainingReports

@testable import ClusterRuntime

@Suite("Signals end a process in order", .serialized, .ending)
struct SignalTests {
    private func waits(seconds: Double = 60, until condition: () -> Bool) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while Date() < deadline {
            if condition() { return true }
            usleep(20_000)
        }
        return condition()
    }

    @Test(
        "a worker that a signal ends exits with 130, so that whoever looks after it starts another",
        arguments: [SIGINT, SIGTERM, SIGHUP])
    func worker(signal: Int32) throws {
        let run = try LocalRun()
        let address = try LocalRun.address()
        let coordinator = try Program.Running(
            run.arguments("coordinator", run: "run", epochs: 500, ["--listen", address]))
        let worker = try Program.Running(
            ["worker", "--connect", address, "--cache", run.folder.path("worker")])
        #expect(coordinator.wait { $0.contains("epoch   1/500") })
        worker.send(signal: signal)
        let finished = worker.wait()
        #expect(finished.status == 130 && finished.errorLines.isEmpty, "\(finished.errors)")
    }

    @Test("a run that begins with SIGHUP ignored, as under nohup, outlives its terminal")
    func nohup() throws {
        let run = try LocalRun()
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/bash")
        shell.arguments =
            ["-c", "trap '' HUP; exec \"$0\" \"$@\"", Program.path] + run.arguments(run: "run", epochs: 500)
        shell.standardError = FileHandle.nullDevice
        shell.standardOutput = FileHandle.nullDevice
        try shell.run()
        func epochs() -> Int { RunSummary(folder: run.folder.path("run"))?.epochsDone ?? 0 }
        #expect(waits { epochs() > 0 })
        kill(shell.processIdentifier, SIGHUP)
        let before = epochs()
        #expect(waits { epochs() > before + 1 } && shell.isRunning)
        kill(shell.processIdentifier, SIGTERM)
        shell.waitUntilExit()
        #expect(shell.terminationReason == .exit && shell.terminationStatus == 130)
    }

    @Test("a run whose terminal goes away saves its state and can be resumed")
    func hangup() throws {
        let run = try LocalRun()
        let script = Process()
        let words = [Program.path] + run.arguments(run: "run", epochs: 500)
        script.executableURL = URL(filePath: "/usr/bin/script")
        script.arguments = [
            "-qec", "exec " + words.map(\.quotedForShell).joined(separator: " "), "/dev/null",
        ]
        script.standardInput = FileHandle.nullDevice
        script.standardOutput = FileHandle.nullDevice
        try script.run()
        func summary() -> RunSummary? { RunSummary(folder: run.folder.path("run")) }
        #expect(waits { (summary()?.epochsDone ?? 0) > 0 })
        // It holds the terminal's other end.
        kill(script.processIdentifier, SIGKILL)
        #expect(waits { summary()?.state == .interrupted })
        #expect(summary()?.resumable == true)
    }
}

@Suite("Files lie where the user wants them")
struct UserFolderTests {
    private func cache(_ variables: [String: String]) throws -> String {
        try RuntimeEnvironment(
            executablePath: Program.path, variables: variables, terminalColumns: nil,
            display: ProgressDisplay(terminalColumns: nil) { _ in }, logger: Logger(label: "test")
        ).cacheDirectory
    }

    @Test("the cache follows XDG_CACHE_HOME, if that is a path from the root")
    func cacheFolder() throws {
        #expect(try cache(["HOME": "/h"]) == "/h/.cache/headstart")
        #expect(try cache(["HOME": "/h", "XDG_CACHE_HOME": "/c"]) == "/c/headstart")
        #expect(try cache(["HOME": "/h", "XDG_CACHE_HOME": "c"]) == "/h/.cache/headstart")
        #expect(try cache(["HOME": "/h", "XDG_CACHE_HOME": ""]) == "/h/.cache/headstart")
    }

    @Test("a run leaves nothing in the home folder but the cache: there is no configuration and no state")
    func home() throws {
        let run = try LocalRun()
        let home = run.folder.path("home")
        var arguments = run.arguments(run: "run", epochs: 1)
        let place = try #require(arguments.firstIndex(of: "--cache"))
        arguments.removeSubrange(place...(place + 1))
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
        let variables = [
            "HOME": home, "XDG_CACHE_HOME": run.folder.path("c"), "XDG_CONFIG_HOME": run.folder.path("f"),
            "XDG_STATE_HOME": run.folder.path("s"),
        ]
        #expect(try Program.run(arguments, environment: variables).status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: run.folder.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home).isEmpty)
        #expect(Set(names) == ["data", "home", "run", "c"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: run.folder.path("c")) == ["headstart"])
    }
}
