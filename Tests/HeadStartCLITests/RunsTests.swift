import ClusterRuntime
import Foundation
import TestSupport
import Testing

@testable import HeadStartCLI

@Suite("The table of runs")
struct RunsTests {
    /// Runs as they may be found; there is no folder behind them.
    private static func runs(_ folder: TemporaryFolder) throws -> [RunSummary] {
        try folder.write("a/config.json", "{".utf8)
        var run = try #require(RunSummary(folder: folder.path("a")))
        (run.state, run.problem, run.path) = (.finished, nil, "runs/first")
        run.started = Date(timeIntervalSince1970: 1_764_101_580)
        (run.classes, run.epochsDone, run.epochs) = (2, 10, 10)
        (run.validationAccuracy, run.seconds) = (0.9154, 125)
        var long = run
        long.path = "/srv/experiments/of-this-year/runs/with-a-long-name-that-goes-on"
        (long.state, long.epochsDone, long.epochs) = (.interrupted, 120, 1000)
        (long.classes, long.validationAccuracy) = (1000, nil)
        var broken = run
        (broken.path, broken.state, broken.problem) = ("runs/b", .broken, "it is damaged; mend it")
        (broken.started, broken.classes, broken.epochs, broken.epochsDone) = (nil, nil, nil, 0)
        broken.validationAccuracy = nil
        return [run, long, broken]
    }

    @Test("it stays in 80 columns by cutting the beginning of paths, and says below what is broken")
    func table() throws {
        let utc = try #require(TimeZone(identifier: "UTC"))
        let lines = try RunTable(columns: 80).lines(Self.runs(TemporaryFolder()), timeZone: utc)
        #expect(
            lines == [
                "RUN             STARTED           STATE        CLASSES    EPOCHS  VAL ACC   TIME",
                "runs/first      2025-11-25 20:13  finished           2     10/10    0.915  2m05s",
                "…-that-goes-on  2025-11-25 20:13  interrupted     1000  120/1000        -  2m05s",
                "runs/b          -                 broken             -         -        -      -",
                "  → it is damaged; mend it",
            ], "\(lines.joined(separator: "\n"))")
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test("in a pipe paths are whole")
    func pipe() throws {
        let lines = try RunTable(columns: nil).lines(Self.runs(TemporaryFolder()))
        #expect(lines[2].hasPrefix("/srv/experiments/of-this-year/runs/with-a-long-name-that-goes-on  "))
    }

    @Test("a folder without runs is no failure, and one that is absent is")
    func empty() throws {
        let folder = try TemporaryFolder()
        let empty = try Program.run(["runs", folder.path])
        #expect(empty.status == 0 && empty.output.isEmpty && empty.errors.hasPrefix("note: no runs"))
        #expect(try Program.run(["runs", folder.path, "--json"]).output == "[]\n")
        let absent = try Program.run(["runs", folder.path("absent")])
        #expect(absent.status == 1 && absent.errorLines.count == 1)
    }
}
