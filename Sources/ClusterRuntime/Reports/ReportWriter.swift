import ContentAddressing
import Files
import Foundation
import Imaging
import Logging
import TrainingProtocol
import TrainingReports

/// The parts of a report that change during the run.
struct ReportMoment: Sendable {
    var end: RunEnd?
    var history: [EpochRecord]
    var trainingPictures: Int
    var validation: [ScoredPicture]
    var workers: [WorkerRecord]
    /// Repeated events and their counts.
    var repeatedLines: [String]
    var leftOut: [(path: String, reason: String)]
}

/// Writes `report.html` on a thread of its own, since the run need not wait for the pictures to be decoded. A
/// newer moment replaces one that has not begun.
final class ReportWriter: Sendable {
    private let queue: CommandQueue<ReportMoment>

    /// - Parameters:
    ///   - path: the report's path.
    ///   - model: the path of the model, which exists when the run is complete.
    ///   - classes: in the order of their indices.
    ///   - base: the parts that don't change.
    init(
        path: String, model: String, classes: [String], decoding: DecodingOptions, base: RunReport,
        log: Logger
    ) {
        queue = CommandQueue(name: "report") {
            { moment in
                let report = Self.report(
                    of: moment, model: model, classes: classes, decoding: decoding, base: base)
                do { try DurableFile.write(path, bytes: Array(report.html.utf8), for: .shared) } catch {
                    log.warning("the report can't be written: \(error)")
                }
            }
        }
    }

    func write(_ moment: ReportMoment) {
        queue.drop { _ in true }
        queue.post(moment)
    }

    /// Waits until the last report is written.
    func close() { queue.close() }

    private static func report(
        of moment: ReportMoment, model: String, classes: [String], decoding: DecodingOptions, base: RunReport
    ) -> RunReport {
        var report = base
        report.end = moment.end
        report.history = moment.history
        report.trainingPictures = moment.trainingPictures
        report.workers = moment.workers
        if !moment.repeatedLines.isEmpty {
            report.facts.append(.init("Again and again", moment.repeatedLines.joined(separator: "; ")))
        }
        report.leftOut = moment.leftOut
        if moment.end?.hasModel ?? false, let digest = digest(of: model) {
            report.facts.append(.init("SHA-256 of \(TrainedModel.fileName)", digest))
        }
        // A worker may report a class that the run doesn't have.
        let scored = moment.validation.filter { classes.indices.contains($0.score.predicted) }
        guard !scored.isEmpty else { return report }
        var validation = ClassificationReport(classes: classes)
        for item in scored {
            validation.add(
                label: item.picture.label, predicted: item.score.predicted, loss: Double(item.score.loss))
        }
        report.validation = validation
        let wrong = scored.filter { $0.score.predicted != $0.picture.label }
            .sorted { ($1.score.loss, $0.picture.name) < ($0.score.loss, $1.picture.name) }
        report.mistakes = wrong.prefix(RunReport.mistakesShown).map { item in
            RunReport.Mistake(
                path: item.picture.name, label: item.picture.label, predicted: item.score.predicted,
                probability: exp(-Double(item.score.loss)),
                picture: thumbnail(of: item.picture.name, decoding: decoding))
        }
        return report
    }

    private static func digest(of path: String) -> String? {
        (try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped)).map {
            ContentDigest(hashing: $0).hex
        }
    }

    /// The longest side of a picture in the report, in pixels.
    private static let thumbnailSide = 320

    /// A small copy of a picture; `nil` if it can't be read or encoded.
    private static func thumbnail(of path: String, decoding: DecodingOptions) -> RunReport.InlinePicture? {
        // Not through `Data`: a pipe may have taken the file's place, and would block the end of the run.
        guard let bytes = try? OwnedFile.contents(of: path),
            let picture = try? ImageDecoder.decode(bytes, options: decoding)
        else { return nil }
        let small = picture.thumbnail(side: thumbnailSide)
        return WebPEncoder.encode(small).map {
            .init(mediaType: "image/webp", bytes: $0, width: small.width, height: small.height)
        }
    }
}
