import Files
import Foundation
import TrainingProtocol

/// The checkpoints of one run folder: the newest three, each verifiable by itself.
package struct CheckpointStore: Sendable {
    package let directory: String
    private let run: String
    private let mayWrite: @Sendable () throws -> Void

    /// How many are kept: the crash that makes a resumption necessary may have damaged the newest.
    private static let kept = 3

    /// - Parameter mayWrite: called before each write; throws if another process has taken over the folder.
    package init(
        directory: String, run: String, mayWrite: @escaping @Sendable () throws -> Void = {}
    ) {
        self.directory = directory
        self.run = run
        self.mayWrite = mayWrite
    }

    /// Writes a checkpoint, then removes the oldest ones.
    package func save(_ checkpoint: CheckpointFile) throws {
        try mayWrite()
        try DurableFile.createFolder(directory)
        let written = Self.name(step: checkpoint.position.step, checkpoint.position)
        try checkpoint.write(to: directory + "/" + written)
        // Files that sort after the one just written are damaged, or the run would have resumed from them;
        // they must not displace good ones.
        for name in try names().filter({ $0 <= written }).dropLast(Self.kept) {
            // A file that can't be removed only costs space.
            unlink(directory + "/" + name)
        }
    }

    /// The newest checkpoint that verifies, and why newer ones were skipped.
    package func newest() -> (checkpoint: CheckpointFile?, skipped: [CheckpointError]) {
        var skipped: [CheckpointError] = []
        for name in ((try? names()) ?? []).reversed() {
            do throws(CheckpointError) {
                let checkpoint = try CheckpointFile(path: directory + "/" + name)
                guard checkpoint.run == run else { throw .otherRun(path: directory + "/" + name) }
                return (checkpoint, skipped)
            } catch {
                skipped.append(error)
            }
        }
        return (nil, skipped)
    }

    /// When the newest was written; `nil` if there is none.
    var newestDate: Date? {
        ((try? names()) ?? []).last.flatMap { modificationDate(directory + "/" + $0) }
    }

    /// Names sort by progress: the step, then the number of finished epochs (a step's checkpoint may be
    /// written before and after its epoch's validation).
    private static func name(step: Int, _ position: RunPosition) -> String {
        "step-\(padded(step, 10))-epoch-\(padded(position.history.count, 6)).checkpoint"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private func names() throws -> [String] {
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { $0.hasSuffix(".checkpoint") }.sorted()
    }
}

/// When a file was last modified; `nil` if there is none.
func modificationDate(_ path: String) -> Date? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
}
