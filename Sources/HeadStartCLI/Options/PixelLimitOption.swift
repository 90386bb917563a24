import ArgumentParser
import ClusterRuntime
import Imaging

/// How large a picture may be, for the commands that have no model to ask.
struct PixelLimitOption: ParsableArguments {
    @Option(help: .init("Refuses pictures with more pixels.", valueName: "pixels"))
    var pixelLimit = DecodingOptions.standardPixelLimit

    func validate() throws {
        guard (1...TrainingPlan.pixelLimitLimit).contains(pixelLimit) else {
            throw ValidationError(
                "--pixel-limit: \(pixelLimit) can't be used; give a whole number from 1 to "
                    + "\(TrainingPlan.pixelLimitLimit)")
        }
    }
}
