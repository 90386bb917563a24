import ArgumentParser
import ClusterRuntime
import Foundation
import ModelFiles

/// `headstart export`: a model for other programs.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a trained model for Keras, ONNX or safetensors: backbone and head in one file.",
        discussion: """
            keras is Keras 3's .keras, which keras.saving.load_model opens by itself; onnx is for ONNX Runtime and \
            its like; safetensors holds the weights alone, under Keras' names. The first two take pictures as \
            float32 (batch, 224, 224, 3), red, green and blue from 0 to 255: preprocessing is inside. Each file \
            holds its classes, its preprocessing and where it came from.

            Example:
              headstart export --model runs/first --format onnx --out first.onnx
            """)

    @OptionGroup var trained: TrainedModelOptions

    @Option(help: .init("What opens it.", valueName: "name"))
    var format: ExportFormat

    @Option(help: .init("The file to write, which must be new.", valueName: "file"), completion: .file())
    var out: String

    @Flag(help: "Only the layers that were trained; they take the backbone's features, (batch, 7, 7, 512).")
    var headOnly = false

    @Flag(help: "Leaves preprocessing to the caller.")
    var noPreprocessing = false

    @OptionGroup var cache: CacheFolderOptions

    func validate() throws {
        if format == .keras, !out.hasSuffix(".keras") {
            throw ValidationError(
                "--out: Keras opens \"\(out)\" only under a name that ends in .keras; add it")
        }
        if noPreprocessing, headOnly || !format.holdsOperations {
            let reason = headOnly ? "--head-only takes features" : "safetensors holds weights alone"
            throw ValidationError("--no-preprocessing: \(reason); leave it out")
        }
        if headOnly, trained.weights != nil {
            throw ValidationError("--weights: --head-only leaves the backbone out; leave one of them out")
        }
    }

    func run() throws {
        guard !FileManager.default.fileExists(atPath: out) else {
            throw CommandFailure("\(out): there is something already; give --out another name")
        }
        let model = try TrainedModel.load(run: trained.model)
        let part: ExportedPart =
            headOnly
            ? .head
            : .wholeNetwork(
                try trained.backbone(of: model, environment: cache.environment()),
                preprocessing: format.holdsOperations && !noPreprocessing)
        let network = try model.network(
            part, producer: "HeadStart \(HeadStartCommand.version)",
            provenance: TrainingProvenance.recorded(in: trained.model))
        try format.write(network, to: out)
        let size = try FileManager.default.attributesOfItem(atPath: out)[.size] as? Int ?? 0
        print(
            "\(out.printable): \(headOnly ? "the head" : "\(model.architecture.rawValue) and head"), "
                + "\(model.classes.count) classes, \((size + 500_000) / 1_000_000) MB")
    }
}

extension ExportFormat: ExpressibleByArgument {}
