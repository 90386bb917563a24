import ArgumentParser
import Foundation

/// `headstart sample`: writes a small data set for trials.
struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Writes a small sample data set, identical on every machine, for trying things out.",
        discussion: """
            Creates DIR/train and DIR/val, each with a folder of PNG files for each class of drawn shapes. \
            DIR must be new or empty.

            Example:
              headstart sample pictures --pictures 40 --classes circles,stripes
            """)

    @Argument(help: "The folder to create.", completion: .directory)
    var directory: String

    @Option(
        help: .init(
            "Training pictures per class; a quarter as many are added for validation.", valueName: "count"))
    var pictures = 24

    @Option(
        help: .init(
            "The shapes, two or more of: \(SampleKind.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "names"))
    var classes = "circles,squares,stripes"

    func validate() throws {
        guard (1...100_000).contains(pictures) else {
            throw ValidationError(
                "--pictures: \(pictures) can't be used; give a whole number from 1 to 100000")
        }
        _ = try kinds()
    }

    private func kinds() throws -> [SampleKind] {
        let names = classes.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let kinds = try names.map { name in
            guard let kind = SampleKind(rawValue: name) else {
                let known = SampleKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--classes: there is no shape \"\(name)\"; choose from \(known)")
            }
            return kind
        }
        guard Set(kinds).count == kinds.count, kinds.count >= 2 else {
            throw ValidationError(
                "--classes: \"\(classes)\" aren't two or more different shapes; name each once")
        }
        return kinds
    }

    func run() throws {
        let existing = try? FileManager.default.contentsOfDirectory(atPath: directory)
        guard existing?.isEmpty ?? !FileManager.default.fileExists(atPath: directory) else {
            throw CommandFailure("\(directory): the folder must be new or empty; give another name")
        }
        let kinds = try kinds()
        let validationCount = max(1, (pictures + 3) / 4)
        try SampleDataset(folder: directory, kinds: kinds)
            .write(training: pictures, validation: validationCount)
        print(
            "\(directory.printable): \(kinds.count) classes, \(kinds.count * pictures) pictures for training, "
                + "\(kinds.count * validationCount) for validation")
    }
}
