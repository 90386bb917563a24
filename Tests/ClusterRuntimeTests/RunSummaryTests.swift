import ClusterTestSupport
import Foundation
import TestSupport
import Testing

@testable import ClusterRuntime

@Suite("The list of runs says how each stands", .serialized, .ending)
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
        let rows = try String(contentsOfFile: run.folder.path("done/history.csv"), encoding: .utf8)
            .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let accuracies = rows.dropFirst().compactMap { Double($0[4]) }
        #expect(accuracies.count == 2 && summary.validationAccuracy == accuracies.last)
        #expect(summary.seconds > 0 && summary.bestValidationAccuracy == accuracies.max())
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

    @Test("the accuracy is the saved model's: the last epoch's though another was better, and none mid-epoch")
    func accuracy() throws {
        let run = try LocalRun(pictures: 2)
        _ = try run.train(run: "run")
        let history = "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n0,1,0.5,1,0.9,1\n1,1,0.5,1,0.25,1\n"
        try run.folder.write("run/history.csv", history.utf8)
        for (accuracy, end) in [
            (0.25, #"{"end":"completed","canGoOn":true,"epoch":3,"validationAccuracy":0.25}"#),
            (nil, #"{"end":"stopped early","reason":"time","canGoOn":true,"epoch":3}"#), (0.25, nil),
        ] {
            try FileManager.default.removeItem(atPath: run.folder.path("run/end.json"))
            if let end { try run.folder.write("run/end.json", end.utf8) }
            let summary = try summary(run, "run")
            #expect(summary.state == .finished && summary.validationAccuracy == accuracy)
            #expect(summary.bestValidationAccuracy == 0.9)
            if end == nil { try run.folder.write("run/end.json", []) }
        }
    }

    @Test("a run whose numbers ran away is failed, and --resume says at once what to change")
    func diverged() throws {
        let run = try LocalRun(pictures: 4)
        let options = ["--augment", "none", "--learning-rate", "1e38"]
        let first = try Program.run(run.arguments(run: "run", epochs: 40, options))
        #expect(first.status == 1, "\(first.errors)")
        let failed = try summary(run, "run")
        #expect(failed.state == .failed && !failed.resumable)
        #expect(failed.problem?.contains("--learning-rate") == true, "\(failed.problem ?? "")")

        let listed = try Program.run(["runs", run.folder.path])
        #expect(
            listed.output.contains("  failed  ") && listed.output.contains("not a finite number"),
            "\(listed.output)")
        let again = try Program.run(run.arguments(run: "run", epochs: 40, options + ["--resume"]))
        // Whatever looks after it needs not start it a third time.
        #expect(again.status == 64, "\(again.errors)")
        #expect(again.errorLines.count == 1 && again.errorLines[0].contains("lower --learning-rate"))
        #expect(!again.errors.contains("joined"))
        #expect(try summary(run, "run") == failed)
    }

    @Test("a run that failed for want of room is failed and resumable, and interrupted once it has gone on")
    func failedAndResumed() throws {
        let run = try LocalRun(pictures: 2)
        let expected = try run.train(run: "calm")
        // A folder stands where the model is to be written.
        try run.folder.write("run-model/x", [])
        let process = try Program.Running(run.arguments(run: "run", epochs: 2))
        #expect(process.wait { $0.contains("epoch  1/2") || $0.contains("epoch 1/2") })
        try FileManager.default.createDirectory(
            atPath: run.folder.path("run/model.safetensors"), withIntermediateDirectories: false)
        let finished = process.wait()
        #expect(finished.status == 1 && finished.errorLines.count == 1, "\(finished.errors)")
        #expect(finished.output.isEmpty, "no model is promised: \(finished.output)")
        let failed = RunFolder.end(of: run.folder.path("run"))
        #expect(failed?.end == .failed && failed?.canGoOn == true)
        #expect(failed?.reason?.contains("model.safetensors") == true)
        #expect(
            try String(contentsOfFile: run.folder.path("run/report.html"), encoding: .utf8).contains("Failed")
        )

        try FileManager.default.removeItem(atPath: run.folder.path("run/model.safetensors"))
        let summary = try summary(run, "run")
        #expect(summary.state == .failed && summary.resumable)
        #expect(try run.train(run: "run", ["--resume"]) == expected)
        #expect(try self.summary(run, "run").state == .finished)
        #expect(RunFolder.end(of: run.folder.path("run"))?.end == .completed)
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
