import ArgumentParser
import ClusterRuntime
import Foundation
import TrainingReports

/// `headstart runs`: what runs there are, and what has become of them.
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Lists run folders: when they began, how they stand, and how good they are.",
        discussion: """
            A folder is a run's, or one that holds runs; folders that are no runs are passed over. The newest comes \
            first. running: a process works on it. finished: it has its model. interrupted: train --resume goes on \
            with it. failed, broken: what is wrong stands below. VAL ACC is the validation accuracy of the model, \
            or of the last epoch where there is none yet; TIME is what the epochs took.

            Example:
              headstart runs
              headstart runs /srv/runs --json
            """)

    @Argument(
        help: "Run folders, or folders of them. (default: runs if it is there, or else this folder)",
        completion: .directory)
    var folders: [String] = []

    @Flag(help: "Prints a JSON array instead.")
    var json = false

    func run() throws {
        let standard = FileManager.default.fileExists(atPath: "runs") ? "runs" : "."
        let folders = folders.isEmpty ? [standard] : folders
        let runs = try RunSummary.runs(in: folders)
        if json {
            var output = ListOutput(json: true)
            for run in runs { try output.add(run) }
            output.end()
        } else if runs.isEmpty {
            StandardError.note("no runs are in \(folders.joined(separator: ", "))")
        } else {
            for line in RunTable(columns: StandardOutput.terminalColumns).lines(runs) { print(line) }
        }
    }
}

/// Runs as rows under a heading.
struct RunTable {
    /// The width to stay in; `nil` for none.
    let columns: Int?

    private static let heading = ["RUN", "STARTED", "STATE", "CLASSES", "EPOCHS", "VAL ACC", "TIME"]
    /// Those of words; numbers stand at the right.
    private static let leftAligned = 0...2
    /// A path is not cut shorter than this.
    private static let shortestPath = 8

    /// - Parameter timeZone: the one that people here live in.
    func lines(_ runs: [RunSummary], timeZone: TimeZone = .current) -> [String] {
        let rows = [Self.heading] + runs.map { Self.cells($0, timeZone: timeZone) }
        var widths = Self.heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        if let columns {
            let others = widths.dropFirst().reduce(0) { $0 + $1 + 2 }
            widths[0] = min(widths[0], max(Self.shortestPath, columns - others))
        }
        return zip(rows, [nil] + runs.map(\.problem)).flatMap { row, problem in
            let cells = row.indices.map { column in
                let text = Self.ending(row[column], width: widths[column])
                let filler = String(repeating: " ", count: widths[column] - text.count)
                return Self.leftAligned.contains(column) ? text + filler : filler + text
            }
            return [cells.joined(separator: "  ")] + (problem.map { ["  → \($0)".printable] } ?? [])
        }
    }

    private static func cells(_ run: RunSummary, timeZone: TimeZone) -> [String] {
        let unknown = "-"
        let format = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: timeZone)
            .year().month().day().time(includingFractionalSeconds: false)
        return [
            run.path.printable, run.started.map { String($0.formatted(format).prefix(16)) } ?? unknown,
            run.state.rawValue, run.classes.map(String.init) ?? unknown,
            run.epochs.map { "\(run.epochsDone)/\($0)" } ?? unknown,
            run.validationAccuracy.map { ProgressText.fixed($0, digits: 3) } ?? unknown,
            run.epochsDone > 0 ? ProgressText.duration(run.seconds) : unknown,
        ]
    }

    /// The end of a path is what tells it from others.
    private static func ending(_ text: String, width: Int) -> String {
        text.count <= width ? text : "…" + text.suffix(max(0, width - 1))
    }
}
