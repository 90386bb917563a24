import ClassifierHead
import ClusterRuntime
import ContentAddressing
import Foundation
import TrainingProtocol
import TrainingReports
import VGGBackbone

/// Parsers of the files of a run folder.
enum RunParsers {
    static let all: [FuzzParser] = [
        FuzzParser(
            name: "checkpoint", seeds: { [try checkpoint(0), try checkpoint(2)] }, repair: { repair($0) },
            parse: { bytes, scratch in
                let read = try CheckpointFile(path: scratch.file(bytes))
                _ = HeadTrainer(
                    restoring: read.head, learningRate: 0.001, threads: 1,
                    kernels: try .selected(override: nil))
                use(read.position.history)
                _ = try read.write(to: scratch.folder + "/again")
            }),
        FuzzParser(
            name: "configuration", seeds: { [try record] },
            parse: { bytes, scratch in
                scratch.file(bytes, RunFolder.recordName)
                let record = try RunFolder.record(of: scratch.folder)
                _ = record.plan.repeatingCommand
                _ = record.plan.optionsThatChangeTheModel(from: record.plan)
                _ = try JSONEncoder().encode(record)
                try TrainingPlan(recordedIn: scratch.folder).validate()
            }),
        FuzzParser(
            name: "history", seeds: { [Array(HistoryFile.text(history(3)).utf8)] },
            parse: { bytes, _ in
                guard let read = HistoryFile.records(String(decoding: bytes, as: UTF8.self)) else {
                    throw NotWhole()
                }
                use(read)
            }),
        FuzzParser(
            name: "event-file-name", seeds: { [Array("events.out.tfevents.1790000000.host.12.v2".utf8)] },
            parse: {
                bytes, _ in
                let name = String(decoding: bytes, as: UTF8.self)
                guard let seconds = EventFiles.startSeconds(name: name) else { throw NotWhole() }
                _ = Date(timeIntervalSince1970: seconds).formatted(.iso8601)
            }),
        FuzzParser(
            name: "run-folder", seeds: { try folderSeeds }, repair: { repairOfFolder($0) },
            parse: {
                bytes, scratch in
                // The first byte selects the file to replace; the others are valid.
                let names = [RunFolder.recordName, HistoryFile.name, checkpointName, TrainedModel.fileName]
                for (name, content) in zip(names, try soundFiles) {
                    let path = scratch.folder + "/" + name
                    try FileManager.default.createDirectory(
                        atPath: (path as NSString).deletingLastPathComponent,
                        withIntermediateDirectories: true)
                    scratch.file(content, name)
                }
                let place = Int(bytes.first ?? 0) % names.count
                if place == 3 || bytes.count % 2 == 0 { unlink(scratch.folder + "/" + TrainedModel.fileName) }
                scratch.file(Array(bytes.dropFirst()), names[place])
                guard let summary = RunSummary(folder: scratch.folder), summary.problem == nil else {
                    throw NotWhole()
                }
                _ = try JSONEncoder().encode(summary)
                _ = ProgressText.duration(summary.seconds)
            }),
    ]

    private struct NotWhole: Error {}

    /// Uses epochs that were read as the program does.
    private static func use(_ history: [EpochRecord]) {
        let losses = CurveChart.Curve(name: "loss", kind: "training", values: history.map(\.loss))
        let accuracies = CurveChart.Curve(
            name: "accuracy", kind: "training", values: history.map(\.validationAccuracy))
        _ = CurveChart(title: "loss", curves: [losses], epochs: history.count).markup
        _ = CurveChart(title: "accuracy", curves: [accuracies], epochs: history.count, greatest: 1).markup
        _ = history.map { ProgressText.epochLine($0, epochs: history.count) }
    }

    private static func history(_ epochs: Int) -> [EpochRecord] {
        (0..<epochs).map {
            EpochRecord(
                epoch: $0, loss: 1.5 / Double($0 + 1), accuracy: 0.5, validationLoss: $0 == 0 ? nil : 0.75,
                validationAccuracy: $0 == 0 ? nil : 0.25, seconds: 12.5)
        }
    }

    private static func checkpoint(_ epochs: Int) throws -> [UInt8] {
        var position = RunPosition()
        position.step = 7
        position.epochScores.add(loss: 0.25, isCorrect: true)
        position.history = history(epochs)
        position.weights = ContentDigest(hashing: [1])
        let shape = HeadShape(featureCount: 6, hiddenUnits: 3, classCount: 2)
        let file = CheckpointFile(
            run: "run", position: position, head: HeadSnapshot(initial: .initial(shape: shape, seed: 1)))
        return try Scratch.bytes { try file.write(to: $0) }
    }

    private static func repair(_ bytes: [UInt8]) -> [UInt8] {
        Repair.digestAtEnd(Repair.lengthOfObject(in: bytes, at: 16, storedAt: 8))
    }

    private static var record: [UInt8] {
        get throws {
            var plan = TrainingPlan(trainDirectory: "pictures", output: "run")
            plan.validation = .split(0.25)
            plan.weights = .random(7)
            plan.earlyStoppingPatience = 3
            plan.maxSeconds = 60
            let digest = ContentDigest(hashing: [1]).hex
            let record = RunRecord(
                run: "run", plan: plan, classes: ["ants", "bees"], trainingPictures: digest,
                validationPictures: digest, weights: digest, arithmetic: digest, exchange: .factors)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return Array(try encoder.encode(record))
        }
    }

    private static let checkpointName = RunFolder.checkpointsName + "/step-0000000007-epoch-000002.checkpoint"

    private static var soundFiles: [[UInt8]] {
        get throws {
            [try record, Array(HistoryFile.text(history(2)).utf8), try checkpoint(2), []]
        }
    }

    private static func repairOfFolder(_ bytes: [UInt8]) -> [UInt8] {
        bytes.first == 2 ? [2] + repair(Array(bytes.dropFirst())) : bytes
    }

    private static var folderSeeds: [[UInt8]] {
        get throws { try soundFiles.enumerated().map { [UInt8($0)] + $1 } }
    }
}
