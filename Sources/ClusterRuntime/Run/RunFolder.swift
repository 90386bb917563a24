import Files
import Foundation
import Glibc
import TrainingProtocol
import TrainingReports

package enum RunFolderError: Error, Equatable, CustomStringConvertible {
    case exists(path: String)
    case nothingToResume(path: String)
    case inUse(path: String, by: String?)
    case takenOver(path: String, by: String)
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
        case .inUse(let path, let owner):
            "\(path): another process works on this run\(owner.map { " (\($0))" } ?? ""); wait for it or stop it"
        case .takenOver(let path, let owner):
            "\(path): \(owner) has taken this run over; let that go on, or stop it and use --resume"
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

/// The content of `config.json`: the plan's values, and besides them the run's inputs and its identity.
package struct RunRecord: Codable, Sendable, Equatable {
    package var run: String
    package var plan: TrainingPlan
    package var classes: [String]
    /// Hexadecimal digests of the inputs.
    package var trainingPictures: String
    package var validationPictures: String?
    /// The digest of the readable pictures, once they are checked.
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

/// A run's folder and its files. Locked while a process works on it.
package final class RunFolder: Sendable {
    package let path: String
    private let lock: Int32
    private let lease: RunLease
    /// Whether this process created the folder.
    private let isNew: Bool

    package static let recordName = "config.json"
    package static let checkpointsName = "checkpoints"

    /// Creates a new folder, or opens that of a run to be resumed.
    ///
    /// - Parameters:
    ///   - host: this machine's name, shown to processes that find the folder in use.
    ///   - note: called if it waits to see whether another host works on the run.
    package convenience init(
        path: String, resume: Bool, host: String = "", note: (String) -> Void = { _ in }
    ) throws {
        try self.init(path: path, resume: resume, owner: .current(host: host), note: note)
    }

    /// - Parameter usesLock: whether to use the file system's lock; `false` in tests of what it can't do.
    init(
        path: String, resume: Bool, owner: RunLease.Owner, times: RunLease.Times = .init(),
        usesLock: Bool = true, note: (String) -> Void = { _ in }
    ) throws {
        self.path = path
        if resume {
            guard FileManager.default.fileExists(atPath: path + "/" + Self.recordName) else {
                throw RunFolderError.nothingToResume(path: path)
            }
            isNew = false
        } else {
            isNew = !FileManager.default.fileExists(atPath: path)
            let contents = isNew ? [] : try Folder.names(in: path).map(\.text)
            // Files left by a run that never began or by a killed process may be overwritten; keys are kept.
            let harmless = Set([ProblemsFile.name, RunLease.name] + KeyFolder.names)
            guard
                contents.allSatisfy({
                    $0.map { harmless.contains($0) || DurableFile.isLeftover($0) } ?? false
                })
            else {
                throw RunFolderError.exists(path: path)
            }
            try DurableFile.createFolder(path, for: .shared)
        }
        let (lock, isHeld) = try Self.lock(path, usesLock ? LOCK_EX : LOCK_UN, tries: 5)
        guard let isHeld else {
            throw RunFolderError.inUse(path: path, by: RunLease.owner(in: path)?.words)
        }
        do {
            lease = try RunLease(
                path, owner: owner, lockIsHeld: isHeld && usesLock, times: times, note: note)
        } catch {
            close(lock)
            throw error
        }
        self.lock = lock
        for folder in [path, checkpointDirectory] where FileManager.default.fileExists(atPath: folder) {
            try DurableFile.removeLeftovers(in: folder)
        }
    }

    /// Whether a process works on the run at `path`, as far as can be seen without waiting.
    package static func isInUse(_ path: String, now: Date) throws(FileSystemError) -> Bool {
        // A shared lock, so that two processes that look don't take each other for the run.
        let (lock, isHeld) = try lock(path, LOCK_SH, tries: 1)
        if lock >= 0 { close(lock) }
        guard isHeld != nil else { return true }
        // Another host's lock may not be visible here.
        guard let owner = RunLease.owner(in: path), owner.boot != RunLease.Owner.current(host: "").boot,
            let renewed = modificationDate(path + "/" + RunLease.name)
        else { return false }
        return now.timeIntervalSince(renewed) < RunLease.Times().patience.inSeconds
    }

    /// The folder's descriptor, and whether it is locked: `false` if the file system has no locks, and `nil`
    /// if another process holds the lock.
    ///
    /// - Parameter tries: more than one, 10 ms apart, if a process that only looks may hold the lock for a
    ///   moment.
    private static func lock(
        _ path: String, _ kind: Int32, tries: Int
    ) throws(FileSystemError) -> (descriptor: Int32, isHeld: Bool?) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystemError(.open, path: path) }
        for attempt in 1...tries {
            if flock(descriptor, kind | LOCK_NB) == 0 { return (descriptor, true) }
            let code = errno
            if [ENOLCK, ENOTSUP, ENOSYS].contains(code) { return (descriptor, false) }
            guard code == EWOULDBLOCK || code == EINTR else {
                close(descriptor)
                throw FileSystemError(.lock, path: path, code: code)
            }
            if attempt < tries { usleep(10_000) }
        }
        close(descriptor)
        return (-1, nil)
    }

    deinit {
        removeIfEmpty()
        close(lock)
    }

    /// Removes the folder of a run that never began; one with anything in it stays.
    func removeIfEmpty() {
        lease.release()
        if isNew { rmdir(path) }
    }

    package var checkpointDirectory: String { path + "/" + Self.checkpointsName }

    package func checkpoints(run: String) -> CheckpointStore {
        let lease = lease
        return CheckpointStore(directory: checkpointDirectory, run: run) { try lease.check() }
    }

    /// Whether there is a run to resume.
    var hasRecord: Bool { FileManager.default.fileExists(atPath: path + "/" + Self.recordName) }

    /// Throws if another process has taken over the run; then nothing may be written any more.
    package func requireOwnership() throws { try lease.check() }

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
        try write(Self.json(record), to: Self.recordName)
        try writeClassIndices(record.classes)
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    /// Writes `class_indices.json`, also on resumption: the process may have been killed before it did.
    package func writeClassIndices(_ classes: [String]) throws {
        try write(try ClassIndicesFile.text(classes), to: ClassIndicesFile.name)
    }

    /// How the run ended; `nil` while it is running and if its process was killed.
    package static func end(of path: String) -> RunEndRecord? {
        // An unreadable file counts as none.
        (try? Data(contentsOf: URL(filePath: path + "/" + RunEndRecord.name)))
            .flatMap { try? JSONDecoder().decode(RunEndRecord.self, from: $0) }
    }

    /// Writes `end.json`, unless the run never began.
    package func write(_ end: RunEndRecord) throws {
        guard FileManager.default.fileExists(atPath: path + "/" + Self.recordName) else { return }
        try write(Self.json(end), to: RunEndRecord.name)
    }

    /// Removes `end.json` when the run is resumed.
    package func removeEnd() throws(FileSystemError) {
        let file = path + "/" + RunEndRecord.name
        guard unlink(file) == 0 || errno == ENOENT else { throw FileSystemError(.remove, path: file) }
    }

    /// Writes `history.csv`.
    package func write(history: [EpochRecord]) throws {
        try write(HistoryFile.text(history), to: HistoryFile.name)
    }

    /// Writes `problems.csv`.
    package func write(problems: [(path: String, reason: String)]) throws {
        try write(ProblemsFile.text(problems), to: ProblemsFile.name)
    }

    /// The record and the end contain their owner's paths and options, so they are private; the other files
    /// are results.
    private func write(_ text: String, to name: String) throws {
        try requireOwnership()
        let isPrivate = [Self.recordName, RunEndRecord.name].contains(name)
        try DurableFile.write(
            path + "/" + name, bytes: Array(text.utf8), for: isPrivate ? .owner : .shared)
    }
}
