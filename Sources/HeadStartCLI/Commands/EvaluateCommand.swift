import ArgumentParser
import ClusterRuntime
import DatasetScanning
import TrainingReports

/// `headstart evaluate`: measures a model on a folder of classes.
struct EvaluateCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Evaluates a model on a folder of classes: loss, accuracy and confusion matrix.",
        discussion: """
            The folder has a folder for each class, as in training. Pictures that can't be read are reported \
            on standard error and left out, and the exit code is 1.

            Example:
              headstart evaluate photos/test --model runs/first
            """)

    @Argument(help: "The folder of pictures; each folder in it is a class.", completion: .directory)
    var directory: String

    @OptionGroup var model: ModelOptions

    @Flag(help: "Prints JSON instead.")
    var json = false

    @OptionGroup(title: "Log") var log: LogOptions

    /// The measures as --json prints them.
    fileprivate struct Measures: Encodable {
        struct Class: Encodable {
            let name: String
            let pictures: Int
            let precision: Double?
            let recall: Double?
        }
        let pictures: Int
        let loss: Double?
        let accuracy: Double?
        let classes: [Class]
        /// A row for each true class, a column for each predicted class.
        let confusion: [[Int]]
    }

    func run() throws {
        let log = try log.settings()
        let manifest = try DatasetScanner.scan(
            directory, options: ScanOptions(allowsEmptyClasses: true, minimumClasses: 1))
        for note in manifest.notes { log.note("\(directory)/\(note)") }
        let classifier = try model.classifier()
        let labels = try Self.labels(of: manifest, in: classifier.model.classes)
        let names = classifier.model.classes
        var report = ClassificationReport(classes: json ? names : names.map(\.printable))
        var problems = 0
        func leaveOut(_ path: String, _ reason: String) {
            problems += 1
            log.error("\(path): \(reason)")
        }
        for picture in manifest.unreadable { leaveOut(picture.relativePath, picture.error.description) }
        let paths = manifest.pictures.map { manifest.path(of: $0) }
        try PictureBatches.forEach(paths) { batch in
            let batchLabels = batch.map { labels[manifest.pictures[$0.index].classIndex] }
            let scores = classifier.scores(of: batch.map(\.task), labels: batchLabels)
            for (place, item) in batch.enumerated() {
                switch scores[place] {
                case .success(let score):
                    report.add(
                        label: batchLabels[place], predicted: score.predicted, loss: Double(score.loss))
                case .failure(let problem): leaveOut(paths[item.index], problem.description)
                }
            }
        } problem: {
            leaveOut(paths[$0], $1)
        }
        print(json ? try JSONText.pretty(Measures(report)) : report.text, terminator: json ? "\n" : "")
        if problems > 0 { throw ExitCode(Exit.failed) }
    }

    /// The model's index of each of the folder's classes.
    private static func labels(of manifest: DatasetManifest, in classes: [String]) throws -> [Int] {
        try manifest.classes.map { name in
            // Compared by bytes, like folder names: equal strings may be different names.
            guard let index = classes.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else {
                throw CommandFailure(
                    "\(manifest.root)/\(name): the model doesn't know this class; it knows "
                        + classes.joined(separator: ", "))
            }
            return index
        }
    }
}

extension EvaluateCommand.Measures {
    fileprivate init(_ report: ClassificationReport) {
        self.init(
            pictures: report.count, loss: report.loss, accuracy: report.accuracy,
            classes: report.classes.indices.map { index in
                .init(
                    name: report.classes[index], pictures: report.support(of: index),
                    precision: report.precision(of: index), recall: report.recall(of: index))
            }, confusion: report.confusion)
    }
}
