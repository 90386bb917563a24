import Foundation

/// A run's files for TensorBoard in `events/train` and `events/validation`: created with the first epoch, and
/// one record longer with every other. Each process writes files of its own.
package struct EventFiles {
    /// The folder's name in a run folder.
    package static let folder = "events"

    private let directory: String
    private let fileName: String
    private let resumes: Bool
    private var files: [String: FileHandle] = [:]

    /// - Parameters:
    ///   - directory: the folder that contains both.
    ///   - fileName: a name that TensorBoard recognizes, from `EventFiles.name`.
    ///   - resumes: whether another process began the run.
    package init(directory: String, fileName: String, resumes: Bool) {
        self.directory = directory
        self.fileName = fileName
        self.resumes = resumes
    }

    /// "events.out.tfevents.SECONDS.HOST.PROCESS.v2": TensorBoard reads a folder's files in the order of
    /// their names.
    package static func name(startSeconds: Double, host: String, processID: Int32) -> String {
        let safeHost = host.map { $0.isLetter || $0.isNumber || $0 == "-" ? String($0) : "_" }.joined()
        return "events.out.tfevents.\(Int(startSeconds)).\(safeHost).\(processID).v2"
    }

    /// When the process that made the file of this name started, in seconds since 1970; `nil` for other
    /// names.
    package static func startSeconds(name: String) -> Double? {
        let parts = name.split(separator: ".")
        guard name.hasPrefix("events.out.tfevents."), parts.count > 3 else { return nil }
        // Beyond any date that a calendar can show.
        return Double(parts[3]).flatMap { (0...1e11).contains($0) ? $0 : nil }
    }

    /// Adds an epoch to both files; a reader sees it at once.
    package mutating func append(_ epoch: EpochEvents) throws {
        try append(TrainingEvents.training(epoch), to: "train", epoch)
        if let validation = try TrainingEvents.validation(epoch) {
            try append(validation, to: "validation", epoch)
        }
    }

    private mutating func append(_ bytes: [UInt8], to name: String, _ epoch: EpochEvents) throws {
        if let file = files[name] {
            try file.write(contentsOf: bytes)
            return
        }
        let folder = URL(filePath: directory).appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: fileName)
        try Data().write(to: path)
        let file = try FileHandle(forWritingTo: path)
        files[name] = file
        let head = try TrainingEvents.head(
            time: epoch.time, resumingAt: resumes ? epoch.record.epoch : nil)
        try file.write(contentsOf: head + bytes)
    }
}
