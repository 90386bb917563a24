import ArgumentParser
import ClusterRuntime
import Foundation
import TrainingReports

/// `headstart predict`: predicts the classes of pictures.
struct PredictCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Predicts the class of each picture and its probability.",
        discussion: """
            Prints a line for each picture: its path, class and probability, separated by tabs. A picture \
            that can't be read is reported on standard error; the others are processed, and the exit code is \
            1.

            Example:
              headstart predict photos/new --model runs/first --top 3
            """)

    @Argument(help: "Pictures, or folders of them.", completion: .file())
    var paths: [String]

    @OptionGroup var model: ModelOptions

    @Option(help: .init("How many of the most probable classes to print.", valueName: "count"))
    var top = 1

    @Flag(help: "Prints a JSON array instead.")
    var json = false

    @OptionGroup(title: "Log") var log: LogOptions

    /// A picture's classes as --json prints them.
    private struct Line: Encodable {
        struct Prediction: Encodable {
            let `class`: String
            let probability: Float
        }
        let path: String
        let predictions: [Prediction]
    }

    func validate() throws {
        guard top >= 1 else { throw ValidationError("--top: \(top) can't be used; give 1 or more") }
    }

    func run() throws {
        let log = try log.settings()
        let pictures = try PictureFiles.expand(paths, log: log)
        let classifier = try model.classifier()
        var problems = 0
        var output = ListOutput(json: json)
        func report(_ index: Int, _ reason: String) {
            problems += 1
            log.error("\(pictures[index]): \(reason)")
        }
        try PictureBatches.forEach(pictures) { batch in
            let results = classifier.probabilities(of: batch.map(\.task))
            for (item, result) in zip(batch, results) {
                switch result {
                case .success(let probabilities):
                    try print(pictures[item.index], probabilities, classifier.model.classes, to: &output)
                case .failure(let problem): report(item.index, problem.description)
                }
            }
        } problem: {
            report($0, $1)
        }
        output.end()
        if problems > 0 { throw ExitCode(Exit.failed) }
    }

    private func print(
        _ path: String, _ probabilities: [Float], _ classes: [String], to output: inout ListOutput
    ) throws {
        let order = PictureClassifier.ranking(of: probabilities).prefix(top)
        if json {
            try output.add(
                Line(
                    path: path,
                    predictions: order.map { .init(class: classes[$0], probability: probabilities[$0]) }))
        } else {
            let shown = order.map {
                "\(classes[$0].printable)\t\(ProgressText.fixed(Double(probabilities[$0])))"
            }
            try output.add(line: ([path.printable] + shown).joined(separator: "\t"))
        }
    }
}
