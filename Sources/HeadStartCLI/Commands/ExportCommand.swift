import ArgumentParser
import ClusterRuntime
import Foundation
import ModelFiles

/// `headstart export`: writes a model for other programs.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Exports a trained model to Keras, ONNX or safetensors, backbone and head in one file.",
        discussion: """
            keras is the .keras format of Keras 3, which keras.saving.load_model opens without further code; \
            onnx is for ONNX Runtime and similar; safetensors holds only the weights, under Keras' names. \
            The first two take pictures as float32 (batch, 224, 224, 3), RGB from 0 to 255, and include the \
            preprocessing. Each file records its classes, its preprocessing and how it was trained.

            Example:
              headstart export --model runs/first --format onnx --out first.onnx
            """)

    @OptionGroup var trained: TrainedModelOptions

    @Option(help: .init("The file format.", valueName: "name"))
    var format: ExportFormat

    @Option(help: .init("The file to write; it must not exist.", valueName: "file"), completion: .file())
    var out: String

    @Flag(help: "Exports only the trained layers; they take the backbone's features, (batch, 7, 7, 512).")
    var headOnly = false

    @Flag(help: "Leaves preprocessing to the caller.")
    var noPreprocessing = false

    @OptionGroup var cache: CacheFolderOptions

    func validate() throws {
        if format == .keras, !out.hasSuffix(".keras") {
            throw ValidationError(
                "--out: Keras opens \"\(out)\" only if its name ends in .keras; add that")
        }
        if noPreprocessing, headOnly || !format.holdsOperations {
            let reason = headOnly ? "the head alone takes features" : "safetensors holds only weights"
            throw ValidationError("--no-preprocessing: \(reason); leave it out")
        }
        if headOnly, trained.weights != nil {
            throw ValidationError("--weights: --head-only exports no backbone; leave out one of the two")
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
