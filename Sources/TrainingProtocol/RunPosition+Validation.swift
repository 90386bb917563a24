/// A file gives a position that no run can have.
package struct ImpossiblePosition: Error, Equatable, CustomStringConvertible {
    package let field: String

    package var description: String { "its \(field) is out of every bound; take an earlier checkpoint" }
}

extension RunPosition {
    /// More steps, pictures, epochs or seconds than any run has.
    private static let countAtMost = 1 << 48
    private static let secondsAtMost = 1e12
    /// Far above even a loss that has diverged.
    private static let lossAtMost = 1e100

    /// Throws for values that no run can have, before anything is computed from them.
    package func validate() throws(ImpossiblePosition) {
        func require(_ holds: Bool, _ field: String) throws(ImpossiblePosition) {
            guard holds else { throw ImpossiblePosition(field: field) }
        }
        try require((0...Self.countAtMost).contains(step), "step")
        let scores = epochScores
        try require((0...Self.countAtMost).contains(scores.samples), "number of samples")
        try require((0...scores.samples).contains(scores.correct), "number of right answers")
        try require(scores.loss.magnitude <= Self.lossAtMost, "loss")
        try require((0...Self.secondsAtMost).contains(epochSeconds), "time")
        for (place, epoch) in history.enumerated() {
            try require(epoch.epoch == place, "history")
            try require((0...1).contains(epoch.accuracy), "accuracy")
            try require(epoch.validationAccuracy.map((0...1).contains) ?? true, "validation accuracy")
            try require(epoch.loss.magnitude <= Self.lossAtMost, "loss")
            try require((epoch.validationLoss ?? 0).magnitude <= Self.lossAtMost, "validation loss")
            try require((0...Self.secondsAtMost).contains(epoch.seconds), "time")
        }
    }
}
