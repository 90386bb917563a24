import TrainingProtocol

/// What a run came to. A run that failed throws instead.
package struct RunOutcome: Sendable, Equatable {
    package var end: RunEnd
    /// The epochs that are done, those before a resumption included.
    package var history: [EpochRecord]
    /// Pictures that were left out; `problems.csv` has the reasons.
    package var picturesLeftOut: Int

    package init(end: RunEnd, history: [EpochRecord], picturesLeftOut: Int) {
        self.end = end
        self.history = history
        self.picturesLeftOut = picturesLeftOut
    }
}
