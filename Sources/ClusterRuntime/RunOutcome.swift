import TrainingReports

/// How a run ended.
package struct RunOutcome: Sendable, Equatable {
    /// Why it ended.
    package enum Ending: Sendable, Equatable {
        /// All epochs are done, or early stopping found no gain any more; `model.safetensors` is written.
        case finished
        /// `--max-seconds` are over; the state is saved.
        case outOfTime
        /// A signal asked for the end; the state is saved.
        case interrupted
    }

    package var ending: Ending
    /// The epochs that are done, those before a resumption included.
    package var history: [EpochRecord]
    /// Pictures that were left out; `problems.csv` has the reasons.
    package var picturesLeftOut: Int

    package init(ending: Ending, history: [EpochRecord], picturesLeftOut: Int) {
        self.ending = ending
        self.history = history
        self.picturesLeftOut = picturesLeftOut
    }
}
