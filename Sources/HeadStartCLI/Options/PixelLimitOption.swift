import ArgumentParser
import ClusterRuntime
import Imaging

/// The largest picture to accept, for commands without a model that records it.
struct PixelLimitOption: ParsableArguments {
    @Option(help: .init("Rejects pictures with more pixels than this.", valueName: "pixels"))
    var pixelLimit = DecodingOptions.standardPixelLimit

    func validate() throws {
        guard (1...TrainingPlan.pixelLimitLimit).contains(pixelLimit) else {
            throw ValidationError(
                "--pixel-limit: \(pixelLimit) can't be used; give a whole number from 1 to "
                    + "\(TrainingPlan.pixelLimitLimit)")
        }
    }
}
