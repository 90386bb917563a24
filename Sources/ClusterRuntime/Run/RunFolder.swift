import ContentAddressing
import Foundation
import Glibc
import ModelFiles
import TrainingProtocol
import TrainingReports

/// Why a run folder can't be used.
package enum RunFolderError: Error, Equatable, CustomStringConvertible {
    case exists(path: String)
    case nothingToResume(path: String)
    case inUse(path: String)
    case unreadableRecord(path: String, reason: String)
    case unreadableHistory(path: String)
    case otherOptions(path: String, options: [String])
    case otherPictures(path: String)
    case otherWeights(path: String)
    case otherArithmetic(path: String)
    case noCheckpoint(path: String, skipped: [CheckpointError])

    package var description: String {
        switch self {
        case .exists(let path):
            "\(path): there is something already; give --out another folder, or --resume to go on with this run"
        case .nothingToResume(let path): "\(path): no run to resume is there; leave out --resume to begin one"
        case .inUse(let path): "\(path): another process works on this run; wait for it or stop it"
        case .unreadableRecord(let path, let reason):
            "\(path): the run's record can't be read: \(reason); restore it, or begin a new run"
        case .unreadableHistory(let path):
            "\(path): it isn't as it was written; --resume writes it anew from the newest checkpoint"
        case .otherOptions(let path, let options):
            "\(path): the run began with other values of \(options.joined(separator: ", ")); "
                + "resume with those of its config.json, or begin a new run"
        case .otherPictures(let path):
            "\(path): the pictures are not those the run began with; restore them, or begin a new run"
        case .otherWeights(let path):
            "\(path): the weights are not those the run began with; restore them, or begin a new run"
        case .otherArithmetic(let path):
            "\(path): this machine's codecs or kernels gave other bits in the self-test than those the run began "
                + "with; resume it where it began, or with --allow-different-arithmetic"
        case .noCheckpoint(let path, let skipped):
            "\(path): no checkpoint can be used (\(skipped.map(\.description).joined(separator: "; "))); "
                + "restore one, or begin a new run"
        }
    }
}

/// What `config.json` says: the plan, value by value, and beside it what the run was made of and is known by.
package struct RunRecord: Codable, Sendable, Equatable {
    package var run: String
    package var plan: TrainingPlan
    package var classes: [String]
    /// Hexadecimal digests of what went in.
    package var trainingPictures: String
    package var validationPictures: String?
    /// Of the pictures that can be read, once they are checked.
    package var readablePictures: String?
    package var weights: String
    package var arithmetic: String
    package var exchange: Exchange

    private enum CodingKeys: String, CodingKey {
        case run, classes, trainingPictures, validationPictures, readablePictures, weightsDigest, arithmetic
        case exchange = "exchangeInUse"
    }

    package init(
        run: String, plan: TrainingPlan, classes: [String], trainingPictures: String,
        validationPictures: String?,
        weights: String, arithmetic: String, exchange: Exchange
    ) {
        self.run = run
        self.plan = plan
        self.classes = classes
        self.trainingPictures = trainingPictures
        self.validationPictures = validationPictures
        self.weights = weights
        self.arithmetic = arithmetic
        self.exchange = exchange
    }

    package init(from decoder: any Decoder) throws {
        plan = try TrainingPlan(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        run = try values.decode(String.self, forKey: .run)
        classes = try values.decode([String].self, forKey: .classes)
        trainingPictures = try values.decode(String.self, forKey: .trainingPictures)
        validationPictures = try values.decodeIfPresent(String.self, forKey: .validationPictures)
        readablePictures = try values.decodeIfPresent(String.self, forKey: .readablePictures)
        weights = try values.decode(String.self, forKey: .weightsDigest)
        arithmetic = try values.decode(String.self, forKey: .arithmetic)
        exchange = try values.decode(Exchange.self, forKey: .exchange)
    }

    package func encode(to encoder: any Encoder) throws {
        try plan.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(run, forKey: .run)
        try values.encode(classes, forKey: .classes)
        try values.encode(trainingPictures, forKey: .trainingPictures)
        try values.encodeIfPresent(validationPictures, forKey: .validationPictures)
        try values.encodeIfPresent(readablePictures, forKey: .readablePictures)
        try values.encode(weights, forKey: .weightsDigest)
        try values.encode(arithmetic, forKey: .arithmetic)
        try values.encode(exchange, forKey: .exchange)
    }
}

/// A run's folder and its files. Held under a lock while a process works on it.
package final class RunFolder {
    package let path: String
    private let lock: Int32
    /// Whether this process made it.
    private let isNew: Bool

    package static let recordName = "config.json"
    /// The folder of its checkpoints.
    package static let checkpointsName = "checkpoints"

    /// Makes a new folder, or opens the one of a run to be resumed.
    package init(path: String, resume: Bool) throws {
        self.path = path
        if resume {
            guard FileManager.default.fileExists(atPath: path + "/" + Self.recordName) else {
                throw RunFolderError.nothingToResume(path: path)
            }
            isNew = false
        } else {
            isNew = !FileManager.default.fileExists(atPath: path)
            let contents = isNew ? [] : try Folder.names(in: path).map(\.text)
            // What a run that never began has left may be overwritten, and what a killed process left; keys
            // stay.
            let harmless = Set([ProblemsFile.name] + KeyFolder.names)
            guard
                contents.allSatisfy({
                    $0.map { harmless.contains($0) || DurableFile.isLeftover($0) } ?? false
                })
            else {
                throw RunFolderError.exists(path: path)
            }
            try Folder.create(path)
        }
        guard let lock = try Self.lock(path, LOCK_EX, tries: 5) else {
            throw RunFolderError.inUse(path: path)
        }
        self.lock = lock
        for folder in [path, checkpointDirectory] where FileManager.default.fileExists(atPath: folder) {
            try DurableFile.removeLeftovers(in: folder)
        }
    }

    /// Whether a process works on the run at `path`.
    package static func isInUse(_ path: String) throws(FileSystemError) -> Bool {
        // A shared lock: two who look don't take each other for the run.
        guard let lock = try lock(path, LOCK_SH, tries: 1) else { return true }
        close(lock)
        return false
    }

    /// The folder's descriptor, locked; `nil` where another process holds the lock.
    ///
    /// - Parameter tries: who looks whether a run goes on holds the lock too, for less than a try takes.
    private static func lock(
        _ path: String, _ kind: Int32, tries: Int
    ) throws(FileSystemError) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystemError(.open, path: path) }
        for attempt in 1...tries {
            if flock(descriptor, kind | LOCK_NB) == 0 { return descriptor }
            let code = errno
            guard code == EWOULDBLOCK || code == EINTR else {
                close(descriptor)
                throw FileSystemError(.lock, path: path, code: code)
            }
            if attempt < tries { usleep(10_000) }
        }
        close(descriptor)
        return nil
    }

    deinit {
        // A run that never began leaves no folder; one with anything in it stays.
        if isNew { rmdir(path) }
        close(lock)
    }

    /// Where the checkpoints lie.
    package var checkpointDirectory: String { path + "/" + Self.checkpointsName }

    /// The run's checkpoints.
    package func checkpoints(run: String) -> CheckpointStore {
        CheckpointStore(directory: checkpointDirectory, run: run)
    }

    /// Reads `config.json`.
    package func record() throws(RunFolderError) -> RunRecord { try Self.record(of: path) }

    /// Reads the `config.json` of the run at `path`, which another process may work on.
    package static func record(of path: String) throws(RunFolderError) -> RunRecord {
        do {
            let data = try Data(contentsOf: URL(filePath: path + "/" + recordName))
            return try JSONDecoder().decode(RunRecord.self, from: data)
        } catch {
            throw .unreadableRecord(
                path: path + "/" + recordName, reason: TrainingPlan.words(for: error))
        }
    }

    /// Writes `config.json` and `class_indices.json`.
    package func write(_ record: RunRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try write(String(decoding: try encoder.encode(record), as: UTF8.self) + "\n", to: Self.recordName)
        try writeClassIndices(record.classes)
    }

    /// Writes `class_indices.json`; a process may have been killed between the two files.
    package func writeClassIndices(_ classes: [String]) throws {
        try write(try ClassIndicesFile.text(classes), to: ClassIndicesFile.name)
    }

    /// Writes `history.csv`.
    package func write(history: [EpochRecord]) throws {
        try write(HistoryFile.text(history), to: HistoryFile.name)
    }

    /// Writes `problems.csv`.
    package func write(problems: [(path: String, reason: String)]) throws {
        try write(ProblemsFile.text(problems), to: ProblemsFile.name)
    }

    private func write(_ text: String, to name: String) throws {
        try DurableFile.write(path + "/" + name, bytes: Array(text.utf8))
    }
}
