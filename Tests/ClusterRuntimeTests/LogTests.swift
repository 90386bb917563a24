import ClusterTestSupport
import Foundation
import TestSupport
import Testing

@testable import ClusterRuntime

@Suite("The log is what it was asked to be", .serialized, .ending)
struct LogTests {
    /// The objects of a log, one a line; a line that is none is a failure.
    private func objects(_ log: String) throws -> [[String: Any]] {
        try log.split(separator: "\n").map { line in
            try #require(
                try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                "no object: \(line)")
        }
    }

    @Test("as JSON every line is an object, workers' lines and epochs with their measures among them")
    func json() throws {
        let run = try LocalRun()
        let arguments = run.arguments(run: "run", ["--workers", "1", "--log-level", "debug"])
        let finished = try Program.run(arguments, environment: ["HEADSTART_LOG_FORMAT": "json"])
        #expect(finished.status == 0)
        let objects = try objects(finished.errors)
        for object in objects {
            #expect(object["level"] is String && object["message"] is String)
            let time = try #require(object["time"] as? String)
            #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(time)")
        }
        let epochs = objects.filter { ($0["message"] as? String)?.hasPrefix("epoch ") == true }
        #expect(epochs.map { $0["message"] as? String } == ["epoch 1 of 2", "epoch 2 of 2"])
        for epoch in epochs {
            let measures = try #require(epoch["metadata"] as? [String: Any])
            #expect(measures["val_accuracy"] is Double && measures["seconds"] is Double)
        }
        // The workers' own lines are text, whatever this process' environment says.
        let worker = objects.compactMap { $0["message"] as? String }.filter {
            $0.hasPrefix("worker process 1: ")
        }
        #expect(!worker.isEmpty && !worker.contains { $0.contains("{\"") })
    }

    @Test("as JSON a failure is an object of level error")
    func jsonFailure() throws {
        let folder = try TemporaryFolder()
        let finished = try Program.run([
            "train", folder.path("absent"), "--out", folder.path("run"), "--log-format", "json",
        ])
        #expect(finished.status == 1)
        let last = try #require(try objects(finished.errors).last)
        #expect(last["level"] as? String == "error")
        #expect((last["message"] as? String)?.contains("absent") == true)
    }

    @Test("launched workers' lines keep their level, and as JSON they have the worker's name beside them")
    func launch() throws {
        let folder = try TemporaryFolder()
        try folder.write("hosts", "a\n".utf8)
        let ssh = try folder.write(
            "ssh",
            """
            #!/bin/sh
            echo '2026-11-25T21:43:53Z  joined' >&2
            echo '2026-11-25T21:43:54Z  warning: slow' >&2

            """.utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: ssh)
        let arguments = [
            "launch", "--hosts", folder.path("hosts"), "--connect", "tcp://127.0.0.1:1", "--insecure",
            "--ssh", ssh,
        ]
        let finished = try Program.run(arguments + ["--log-format", "json"])
        #expect(finished.status == 0, "\(finished.errors)")
        let objects = try objects(finished.errors)
        #expect(objects.map { $0["level"] as? String } == ["info", "warning"])
        #expect(objects.allSatisfy { ($0["metadata"] as? [String: String])?["worker"] == "a" })

        let quiet = try Program.run(arguments + ["--quiet"])
        #expect(quiet.errors == "a: 2026-11-25T21:43:54Z  warning: slow\n")
        #expect(quiet.output.hasPrefix("all 1 workers left"))
    }

    @Test("a quiet run says its result and nothing else")
    func quiet() throws {
        let run = try LocalRun()
        let finished = try Program.run(run.arguments(run: "run", ["--quiet"]))
        #expect(finished.status == 0 && finished.errors.isEmpty, "\(finished.errors)")
        #expect(finished.output.contains("model: "))
    }

    @Test("at the level notice there is no progress, and warnings have their level before them")
    func notice() throws {
        let run = try LocalRun()
        try run.folder.write("data/train/.hidden/a.png", [])
        let finished = try Program.run(run.arguments(run: "run", ["--log-level", "notice"]))
        #expect(finished.status == 0 && !finished.errors.contains("epoch "), "\(finished.errors)")
        #expect(finished.errors.contains("Z  warning: "), "\(finished.errors)")
    }

    @Test(
        "a variable that can't be used is bad usage that names it",
        arguments: ["HEADSTART_LOG_LEVEL", "HEADSTART_LOG_FORMAT"])
    func badVariable(name: String) throws {
        let finished = try Program.run(
            ["worker", "--connect", "tcp://127.0.0.1:1"], environment: [name: "loud"])
        #expect(finished.status == 64)
        #expect(finished.errors.hasPrefix("error: \(name): \"loud\" can't be used; "), "\(finished.errors)")
    }
}

@Suite("What is written to a terminal", .serialized, .ending)
struct TerminalTests {
    /// What a run writes to a terminal of its own, which script(1) makes.
    private func transcript(_ run: LocalRun, environment: [String: String]) throws -> String {
        let script = Process()
        let pipe = Pipe()
        let words = [Program.path] + run.arguments(run: "run")
        script.executableURL = URL(filePath: "/usr/bin/script")
        script.arguments = ["-qec", words.map(\.quotedForShell).joined(separator: " "), "/dev/null"]
        script.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        script.standardInput = FileHandle.nullDevice
        script.standardOutput = pipe
        try script.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        script.waitUntilExit()
        #expect(script.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    @Test(
        "nothing is coloured, with NO_COLOR and without",
        arguments: [["NO_COLOR": "1", "TERM": "xterm-256color"], ["TERM": "xterm-256color"]])
    func color(environment: [String: String]) throws {
        let text = try transcript(LocalRun(), environment: environment)
        #expect(text.contains("\u{1B}[J"), "the bar was shown")
        #expect(!text.contains(/\u{1B}\[[0-9;]*m/))
    }

    @Test("a dumb terminal gets no control codes")
    func dumb() throws {
        let text = try transcript(LocalRun(), environment: ["TERM": "dumb"])
        #expect(text.contains("epoch 2/2") && !text.contains("\u{1B}"), "\(text)")
    }

    @Test("a pipe gets no control codes")
    func pipe() throws {
        let run = try LocalRun()
        let finished = try Program.run(run.arguments(run: "run"), environment: ["TERM": "xterm"])
        #expect(finished.errors.contains("epoch 2/2") && !finished.errors.contains("\u{1B}"))
    }
}
