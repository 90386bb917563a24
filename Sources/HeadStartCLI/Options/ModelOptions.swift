import ArgumentParser
import ClusterRuntime
import VGGBackbone

/// A trained model and its backbone.
struct TrainedModelOptions: ParsableArguments {
    @Option(
        help: .init("The run folder, or a model.safetensors.", valueName: "run"),
        completion: .file(extensions: ["safetensors"]))
    var model: String

    @Option(
        help: .init(
            "The backbone's weights, if they aren't found automatically; they must be those used in training.",
            valueName: "file"), completion: .file(extensions: ["h5", "safetensors"]))
    var weights: String?

    /// The backbone that `model` was trained on.
    func backbone(of model: TrainedModel, environment: RuntimeEnvironment) throws -> BackboneWeights {
        let source = try weights.map(WeightsSource.init(option:)) ?? model.recordedWeights(run: self.model)
        let backbone = try loadBackbone(source, architecture: model.architecture, environment: environment)
        guard backbone.digest == model.weightsDigest else {
            throw CommandFailure(
                "--weights: \(source) doesn't hold the weights that the model was trained on; "
                    + "give those with the digest \(model.weightsDigest.hex)")
        }
        return backbone
    }
}

/// A trained model, and the machine's resources to run it with.
struct ModelOptions: ParsableArguments {
    @OptionGroup var trained: TrainedModelOptions

    @OptionGroup var machine: MachineOptions

    /// The model with the backbone that it was trained on.
    func classifier() throws -> PictureClassifier {
        let model = try TrainedModel.load(run: trained.model)
        let environment = try machine.environment()
        let backbone = try trained.backbone(of: model, environment: environment)
        return try PictureClassifier(
            model: model, backbone: backbone, threads: machine.threads ?? environment.processorCount,
            storeCapacityBytes: machine.storeCapacityBytes, environment: environment)
    }
}

/// The machine's resources that a command may use to compute features.
struct MachineOptions: ParsableArguments {
    @Option(help: .init("Threads to compute with. (default: all cores)", valueName: "count"))
    var threads: Int?

    @OptionGroup var cache: CacheOptions

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads: \(threads) can't be used; give a whole number from 1 to 1024")
        }
        try cache.given?.validate()
    }

    /// This process' environment, with the chosen cache.
    func environment() throws -> RuntimeEnvironment { try cache.folder.environment() }

    var storeCapacityBytes: Int { (cache.given ?? CacheBounds()).featureBytes }
}

extension WeightsSource {
    /// Parses the value of `--weights`; an error names the option.
    init(option text: String) throws(PlanError) {
        do { try self.init(parsing: text) } catch {
            throw PlanError(
                option: "--weights", problem: "\"\(text)\" can't be used",
                remedy: "give imagenet, random:SEED with a whole number, or a file")
        }
    }
}
