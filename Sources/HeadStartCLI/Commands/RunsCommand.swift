import ArgumentParser
import ClusterRuntime
import Foundation
import TrainingReports

/// `headstart runs`: lists runs and their states.
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Lists run folders with their start time, state and validation accuracy.",
        discussion: """
            Each folder is a run folder, or holds run folders; other folders in it are skipped. The newest \
            run comes first. running: a process works on it. finished: it has its model. interrupted: train \
            --resume continues it. failed, broken: the line below says what is wrong. VAL ACC is the \
            validation accuracy of the model, or of the last epoch if there is no model yet; TIME is the \
            time spent in epochs.

            Example:
              headstart runs
              headstart runs /srv/runs --json
            """)

    @Argument(
        help: "Run folders, or folders that hold them. (default: runs if it exists, otherwise this folder)",
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
            StandardError.note("no runs in \(folders.joined(separator: ", "))")
        } else {
            for line in RunTable(columns: StandardOutput.terminalColumns).lines(runs) { print(line) }
        }
    }
}

/// Formats runs as a table with a heading.
struct RunTable {
    /// The width to fit into; `nil` for no limit.
    let columns: Int?

    private static let heading = ["RUN", "STARTED", "STATE", "CLASSES", "EPOCHS", "VAL ACC", "TIME"]
    /// The columns of text; numbers are aligned right.
    private static let leftAligned = 0...2
    /// Paths are not truncated below this many characters.
    private static let shortestPath = 8

    /// - Parameter timeZone: the zone for start times.
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

    /// Truncates a path at its beginning: paths differ at their ends.
    private static func ending(_ text: String, width: Int) -> String {
        text.count <= width ? text : "…" + text.suffix(max(0, width - 1))
    }
}
