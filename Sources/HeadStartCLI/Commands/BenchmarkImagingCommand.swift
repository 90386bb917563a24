import ArgumentParser
import Foundation
import Imaging
import TrainingReports

/// `headstart benchmark imaging`: the time to read pictures.
struct BenchmarkImagingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imaging",
        abstract: "Measures decoding, resizing and augmenting your own pictures, on one core.",
        discussion: """
            Example:
              headstart benchmark imaging photos/train
            """)

    @Argument(help: .init("Pictures, or folders of them.", valueName: "paths"), completion: .file())
    var paths: [String]

    @Flag(help: "Prints JSON instead.")
    var json = false

    /// The measures as --json prints them.
    private struct Measures: Encodable {
        let pictures: Int
        let decodeAndResizeMilliseconds: Double
        let augmentMilliseconds: Double
    }

    func run() throws {
        let files = try PictureFiles.expand(paths).map { path in
            guard let content = FileManager.default.contents(atPath: path) else {
                throw CommandFailure("\(path): the file can't be read; check the path and its permissions")
            }
            return Array(content)
        }
        let result = ImagingBenchmark.run(files: files)
        guard result.pictures > 0 else {
            throw CommandFailure("none of these files is a picture that can be read; give others")
        }
        if json {
            print(
                try JSONText.pretty(
                    Measures(
                        pictures: result.pictures,
                        decodeAndResizeMilliseconds: result.decodeAndResizeMilliseconds,
                        augmentMilliseconds: result.augmentMilliseconds)))
            return
        }
        func hundredths(_ value: Double) -> String { ProgressText.fixed(value, digits: 2) }
        print("\(result.pictures) pictures, one core")
        print("  \(hundredths(result.decodeAndResizeMilliseconds)) ms per picture to decode and resize")
        print("  \(hundredths(result.augmentMilliseconds)) ms per picture to augment")
    }
}
