import TrainingProtocol
import TrainingReports

/// What the live page shows of a run at one moment.
package struct LiveSnapshot: Sendable {
    package struct Worker: Sendable {
        package var state: WorkerState
        /// Over the last seconds; `nil` until there is something to measure.
        package var picturesPerSecond: Double?

        package init(state: WorkerState, picturesPerSecond: Double? = nil) {
            self.state = state
            self.picturesPerSecond = picturesPerSecond
        }
    }

    /// The run folder's name.
    package var name: String
    /// How the run ended, once it has, such as "it is complete".
    package var end: String?
    package var progress: ProgressSnapshot
    package var history: [EpochRecord]
    package var workers: [Worker]
    /// Lines of the log, the newest last.
    package var messages: [String]

    package init(
        name: String, end: String? = nil, progress: ProgressSnapshot, history: [EpochRecord] = [],
        workers: [Worker] = [], messages: [String] = []
    ) {
        self.name = name
        self.end = end
        self.progress = progress
        self.history = history
        self.workers = workers
        self.messages = messages.map(Self.withoutSecrets)
    }

    /// Removes tokens from a line, since the page has more readers than the terminal.
    private static func withoutSecrets(_ line: String) -> String {
        line.replacing(/(headstart-token:|[?&]token=)[^\s]+/) { "\($0.1)…" }
    }
}
