import Foundation
import TestSupport
import Testing

@testable import ClusterRuntime

@Suite("The list of runs says how each stands", .serialized, .timeLimit(.minutes(5)))
struct RunSummaryTests {
    private func summary(_ run: LocalRun, _ name: String) throws -> RunSummary {
        try #require(RunSummary(folder: run.folder.path(name)))
    }

    @Test("a finished run has its epochs, its best accuracy and its time")
    func finished() throws {
        let run = try LocalRun()
        let before = Date().addingTimeInterval(-2)
        _ = try run.train(run: "done")
        let summary = try summary(run, "done")
        #expect(summary.state == .finished && !summary.resumable && summary.problem == nil)
        #expect(summary.classes == 3 && summary.epochsDone == 2 && summary.epochs == 2)
        #expect(summary.seconds > 0 && (summary.bestValidationAccuracy ?? -1) >= 0)
        let started = try #require(summary.started)
        #expect(started >= before && started <= Date())
    }

    @Test(
        "a run is running while its process holds the lock, and after SIGTERM or SIGHUP interrupted and resumable",
        arguments: [SIGTERM, SIGHUP])
    func interrupted(signal: Int32) throws {
        let run = try LocalRun()
        let process = try Program.Running(run.arguments(run: "run", epochs: 500))
        #expect(process.wait { $0.contains("epoch   2/500") })
        #expect(try summary(run, "run").state == .running)
        process.send(signal: signal)
        #expect(process.wait().status == 130)
        let summary = try summary(run, "run")
        #expect(summary.state == .interrupted && summary.resumable)
        #expect(summary.epochsDone >= 2 && summary.epochs == 500)

        let listed = try Program.run(["runs", run.folder.path, "--json"])
        #expect(listed.output.contains("\"state\":\"interrupted\""), "\(listed.output)")
    }

    @Test("what can't be used is listed with the reason, and what is no run isn't listed")
    func broken() throws {
        let run = try LocalRun()
        _ = try run.train(run: "runs/a", epochs: 1)
        for name in ["b", "c", "d", "e"] {
            try FileManager.default.copyItem(
                atPath: run.folder.path("runs/a"), toPath: run.folder.path("runs/" + name))
        }
        try run.folder.write("runs/b/config.json", "{".utf8)
        try run.folder.write("runs/c/history.csv", "epoch,loss\n1,2\n".utf8)
        try run.folder.write("runs/d/model.safetensors", "short".utf8)
        try FileManager.default.removeItem(atPath: run.folder.path("runs/e/config.json"))
        try run.folder.write("runs/notes/todo.txt", [])
        try run.folder.write("runs/file", [])
        let runs = try RunSummary.runs(in: [run.folder.path("runs")])
        #expect(Set(runs.map(\.path)) == Set("abcde".map { run.folder.path("runs/\($0)") }))
        for summary in runs {
            let isWhole = summary.path.hasSuffix("a")
            #expect(summary.state == (isWhole ? .finished : .broken))
            #expect(summary.problem?.contains("; ") ?? isWhole, "\(summary.problem ?? "")")
        }
    }

    @Test("a run without a usable checkpoint can't go on, and one that was asked for more epochs can")
    func checkpoints() throws {
        let run = try LocalRun()
        _ = try run.train(run: "run", epochs: 1)
        let file = run.folder.path("run/model.safetensors")
        try FileManager.default.removeItem(atPath: file)
        #expect(try summary(run, "run").state == .interrupted)
        let folder = run.folder.path("run/checkpoints")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            try run.folder.write("run/checkpoints/" + name, "damaged".utf8)
        }
        let summary = try summary(run, "run")
        #expect(summary.state == .broken && !summary.resumable)
        #expect(summary.problem?.contains("no checkpoint can be used") == true)
    }
}
