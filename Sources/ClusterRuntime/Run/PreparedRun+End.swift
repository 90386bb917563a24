import ClassifierHead
import Logging

extension PreparedRun {
    /// Writes the model of a run that has ended; throws if its weights aren't finite.
    func writeModel(_ head: HeadSnapshot) throws {
        guard head.parameters.isFinite else {
            throw RunFailure(
                reason:
                    "the weights are not finite after the last step; lower --learning-rate and begin anew",
                canGoOn: false)
        }
        let model = TrainedModel(
            classes: configuration.classes, head: head.parameters, architecture: plan.architecture,
            preprocessing: plan.preprocessing, honorsExifOrientation: plan.honorsExifOrientation,
            pixelLimit: plan.pixelLimit, weights: plan.weights, weightsDigest: backboneDigest)
        try folder.requireOwnership()
        try model.write(to: folder.path + "/" + TrainedModel.fileName)
    }

    /// Writes how the run ended into its folder; an error is only logged.
    func keep(_ end: RunEndRecord, log: Logger) {
        do { try folder.write(end) } catch { log.warning("how the run ended can't be kept: \(error)") }
    }
}
