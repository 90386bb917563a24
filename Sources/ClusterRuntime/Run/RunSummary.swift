import Files
import Foundation
import ModelFiles
import TrainingReports

/// The state of a run folder, for a list of runs. Reads files only.
package struct RunSummary: Sendable, Equatable, Encodable {
    package enum State: String, Sendable, Encodable {
        /// A process works on it.
        case running
        /// It has its model.
        case finished
        /// No process works on it, and it has no model yet.
        case interrupted
        /// It ended with an error, which is in `problem`.
        case failed
        /// Its files can't be used as they are; `problem` says why.
        case broken
    }

    package var path: String
    package var state = State.broken
    /// Whether `--resume` has more to do, and something to start from.
    package var resumable = false
    package var started: Date?
    package var classes: Int?
    package var epochsDone = 0
    /// The number of epochs requested.
    package var epochs: Int?
    /// The accuracy of the model, or without one that of the last finished epoch, 0 to 1; `nil` without
    /// validation, before the end of the first epoch, and for a model from the middle of an epoch.
    package var validationAccuracy: Double?
    /// The accuracy of the best epoch, whose weights may not be in any file.
    package var bestValidationAccuracy: Double?
    /// Time spent in the finished epochs.
    package var seconds = 0.0
    /// What is wrong, and what to do.
    package var problem: String?

    /// Reads the folder at `path`; `nil` if it isn't a run folder.
    package init?(folder path: String, now: Date = Date()) {
        self.path = path
        func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }
        guard
            [RunFolder.recordName, RunFolder.checkpointsName, TrainedModel.fileName, HistoryFile.name]
                .contains(where: has)
        else { return nil }
        do { try read(now: now) } catch {
            (state, problem) = (.broken, "\(error)")
        }
    }

    private mutating func read(now: Date) throws {
        let isRunning = try RunFolder.isInUse(path, now: now)
        started = Self.started(path)
        let record = try RunFolder.record(of: path)
        (classes, epochs) = (record.classes.count, record.plan.epochs)
        if let data = FileManager.default.contents(atPath: path + "/" + HistoryFile.name) {
            guard let history = HistoryFile.records(String(decoding: data, as: UTF8.self)) else {
                throw RunFolderError.unreadableHistory(path: path + "/" + HistoryFile.name)
            }
            epochsDone = history.count
            bestValidationAccuracy = history.compactMap(\.validationAccuracy).max()
            validationAccuracy = history.last?.validationAccuracy
            seconds = history.map(\.seconds).reduce(0, +)
        }
        guard !isRunning else {
            state = .running
            return
        }
        let end = RunFolder.end(of: path)
        let checkpoints = CheckpointStore(directory: path + "/" + RunFolder.checkpointsName, run: record.run)
        if let written = modificationDate(path + "/" + TrainedModel.fileName) {
            _ = try SafetensorsFile(path: path + "/" + TrainedModel.fileName)
            // A run that was resumed after its end, for more epochs, has newer checkpoints.
            if end?.end != .failed, checkpoints.newestDate ?? .distantPast <= written {
                (state, resumable) = (.finished, epochsDone < record.plan.epochs)
                // The model may be from the middle of an epoch, after the last that was validated.
                if let end, end.hasModel {
                    validationAccuracy = end.validationAccuracy
                } else if resumable {
                    validationAccuracy = nil
                }
                return
            }
        }
        let (newest, skipped) = checkpoints.newest()
        guard newest != nil || skipped.isEmpty else {
            throw RunFolderError.noCheckpoint(path: path, skipped: skipped)
        }
        (state, resumable) = (.interrupted, true)
        if let end, end.end == .failed { (state, resumable, problem) = (.failed, end.canGoOn, end.reason) }
    }

    /// When the first process started: from the names of TensorBoard's files, which survive copying, or
    /// before the end of the first epoch from the time of the record.
    private static func started(_ path: String) -> Date? {
        let events = try? Folder.names(in: path + "/" + EventFiles.folder + "/train")
        let seconds = (events ?? []).compactMap { $0.text.flatMap(EventFiles.startSeconds) }.min()
        return seconds.map { Date(timeIntervalSince1970: $0) }
            ?? modificationDate(path + "/" + RunFolder.recordName)
    }

    /// The runs among `folders` and directly in them, the newest first.
    package static func runs(in folders: [String]) throws -> [RunSummary] {
        var seen: Set<String> = []
        var runs: [RunSummary] = []
        for folder in folders {
            if let run = RunSummary(folder: folder) {
                if seen.insert(folder).inserted { runs.append(run) }
                continue
            }
            for name in try Folder.names(in: folder) {
                guard let name = name.text, !name.hasPrefix(".") else { continue }
                let path = folder == "." ? name : folder.hasSuffix("/") ? folder + name : folder + "/" + name
                guard let run = RunSummary(folder: path), seen.insert(path).inserted else { continue }
                runs.append(run)
            }
        }
        return runs.sorted { ($0.started ?? .distantPast, $1.path) > ($1.started ?? .distantPast, $0.path) }
    }
}
