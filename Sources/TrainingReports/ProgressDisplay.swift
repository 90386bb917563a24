import Synchronization
import TrainingProtocol

/// The one place that writes progress and log lines, so that a line and the bar never run into each other.
///
/// Safe from any thread.
package final class ProgressDisplay: Sendable {
    private struct State {
        var presenter: ProgressPresenter
        /// The newest last.
        var recent: [String] = []
    }

    /// Lines that are remembered for who looks elsewhere.
    private static let recentAtMost = 40

    private let state: Mutex<State>
    private let write: @Sendable (String) -> Void

    /// Whether anything is shown beside the lines of the log.
    package let showsProgress: Bool

    /// - Parameters:
    ///   - terminalColumns: the terminal's width, or `nil` for none.
    ///   - showsProgress: whether anything is shown beside the lines of the log.
    ///   - write: writes text as it is; called by one thread at a time.
    package init(
        terminalColumns: Int?, showsProgress: Bool = true, write: @escaping @Sendable (String) -> Void
    ) {
        self.showsProgress = showsProgress
        state = Mutex(State(presenter: ProgressPresenter(terminalColumns: terminalColumns)))
        self.write = write
    }

    /// Shows a new snapshot.
    package func update(_ snapshot: ProgressSnapshot, atSeconds now: Double) {
        if showsProgress { show { $0.update(snapshot, atSeconds: now) } }
    }

    /// Shows the line that an epoch ends with.
    package func epochEnded(_ record: EpochRecord, epochs: Int, atSeconds now: Double) {
        remember(ProgressText.epochLine(record, epochs: epochs))
        show { $0.epochEnded(record, epochs: epochs, atSeconds: now) }
    }

    /// Shows a line that stays.
    ///
    /// - Parameter written: its form on this display, where that is another.
    package func message(_ line: String, writtenAs written: String? = nil) {
        remember(line)
        show { $0.message(written ?? line) }
    }

    /// The last lines that stay, the newest last.
    package var recentLines: [String] { state.withLock { $0.recent } }

    /// Takes the bar away.
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
