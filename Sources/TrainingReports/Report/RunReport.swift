import TrainingProtocol

/// The content of `report.html`. The page depends only on these values.
package struct RunReport: Sendable {
    package struct InlinePicture: Sendable {
        /// Such as "image/webp".
        package var mediaType: String
        package var bytes: [UInt8]
        package var width: Int
        package var height: Int

        package init(mediaType: String, bytes: [UInt8], width: Int, height: Int) {
            self.mediaType = mediaType
            self.bytes = bytes
            self.width = width
            self.height = height
        }
    }

    /// A validation picture that was predicted as another class.
    package struct Mistake: Sendable {
        package var path: String
        package var label: Int
        package var predicted: Int
        /// The probability that the head gave the true class.
        package var probability: Double
        /// `nil` if it can't be shown.
        package var picture: InlinePicture?

        package init(
            path: String, label: Int, predicted: Int, probability: Double, picture: InlinePicture? = nil
        ) {
            self.path = path
            self.label = label
            self.predicted = predicted
            self.probability = probability
            self.picture = picture
        }
    }

    /// A fact about the run's inputs or settings, such as ("Seed", "0").
    package struct Fact: Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// How many of the worst mistakes are shown.
    package static let mistakesShown = 12
    /// The file's name in a run folder.
    package static let fileName = "report.html"

    package var name: String
    /// `nil` while the run goes on.
    package var end: RunEnd?
    package var history: [EpochRecord]
    /// The number of epochs requested.
    package var epochs: Int
    package var trainingPictures: Int
    /// The newest validation; `nil` without one.
    package var validation: ClassificationReport?
    /// The worst mistakes, the worst first.
    package var mistakes: [Mistake] = []
    package var workers: [WorkerRecord] = []
    package var leftOut: [(path: String, reason: String)] = []
    /// Commands that repeat the run, one per line.
    package var commands: [String] = []
    package var facts: [Fact] = []

    package init(
        name: String, end: RunEnd?, history: [EpochRecord], epochs: Int, trainingPictures: Int
    ) {
        self.name = name
        self.end = end
        self.history = history
        self.epochs = epochs
        self.trainingPictures = trainingPictures
    }
}
