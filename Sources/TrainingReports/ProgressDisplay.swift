import Synchronization
import TrainingProtocol

/// The only place that writes progress and log lines, so that a line and the bar never collide.
///
/// Safe from any thread.
package final class ProgressDisplay: Sendable {
    private struct State {
        var presenter: ProgressPresenter
        /// The newest last.
        var recent: [String] = []
    }

    /// The number of lines kept for other views, such as the live page.
    private static let recentAtMost = 40

    private let state: Mutex<State>
    private let write: @Sendable (String) -> Void

    /// Whether progress is shown besides log lines.
    package let showsProgress: Bool

    /// - Parameters:
    ///   - terminalColumns: the terminal's width, or `nil` for none.
    ///   - showsProgress: whether progress is shown besides log lines.
    ///   - write: writes text as it is; called by one thread at a time.
    package init(
        terminalColumns: Int?, showsProgress: Bool = true, write: @escaping @Sendable (String) -> Void
    ) {
        self.showsProgress = showsProgress
        state = Mutex(State(presenter: ProgressPresenter(terminalColumns: terminalColumns)))
        self.write = write
    }

    /// Shows a new snapshot, if progress is shown.
    package func update(_ snapshot: ProgressSnapshot, atSeconds now: Double) {
        if showsProgress { show { $0.update(snapshot, atSeconds: now) } }
    }

    /// Shows the line of a finished epoch.
    package func epochEnded(_ record: EpochRecord, epochs: Int, atSeconds now: Double) {
        remember(ProgressText.epochLine(record, epochs: epochs))
        show { $0.epochEnded(record, epochs: epochs, atSeconds: now) }
    }

    /// Shows a line that stays.
    ///
    /// - Parameter written: the text to write, if it differs from the line to remember.
    package func message(_ line: String, writtenAs written: String? = nil) {
        remember(line)
        show { $0.message(written ?? line) }
    }

    /// The last lines that stay, the newest last.
    package var recentLines: [String] { state.withLock { $0.recent } }

    /// Removes the progress bar.
    package func clear() { show { $0.clear() } }

    private func show(_ text: (inout ProgressPresenter) -> String) {
        state.withLock { state in
            let text = text(&state.presenter)
            if !text.isEmpty { write(text) }
        }
    }

    private func remember(_ line: String) {
        state.withLock { state in
            if state.recent.count == Self.recentAtMost { state.recent.removeFirst() }
            state.recent.append(line)
        }
    }
}
