import TrainingProtocol

/// All that `report.html` tells of a run. The page depends on these values alone.
package struct RunReport: Sendable {
    /// A picture inside the page.
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

    /// A validation picture that was taken for another class.
    package struct Mistake: Sendable {
        package var path: String
        package var label: Int
        package var predicted: Int
        /// What the head gave the true class.
        package var probability: Double
        /// `nil` where it can't be shown.
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

    /// How the run stands.
    package enum State: Sendable, Equatable {
        case running
        case completed
        case stoppedEarly(reason: String)
        case interrupted
        case failed(reason: String)
    }

    /// One line of what the run was made of, such as ("Seed", "0").
    package struct Fact: Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Mistakes that are shown, the worst.
    package static let mistakesShown = 12
    /// The file's name in a run folder.
    package static let fileName = "report.html"

    package var name: String
    package var state: State
    package var history: [EpochRecord]
    /// Epochs that the run is to have.
    package var epochs: Int
    package var trainingPictures: Int
    /// The newest validation; `nil` without one.
    package var validation: ClassificationReport?
    /// The worst ones, worst first.
    package var mistakes: [Mistake] = []
    package var workers: [WorkerRecord] = []
    /// Pictures that were left out, each with the reason.
    package var leftOut: [(path: String, reason: String)] = []
    /// Commands that do the run again, one a line.
    package var commands: [String] = []
    package var facts: [Fact] = []

    package init(
        name: String, state: State, history: [EpochRecord], epochs: Int, trainingPictures: Int
    ) {
        self.name = name
        self.state = state
        self.history = history
        self.epochs = epochs
        self.trainingPictures = trainingPictures
    }
}
