import Synchronization
import TrainingProtocol

/// The one place that writes progress and log lines, so that a line and the bar never run into each other.
///
/// Safe from any thread.
package final class ProgressDisplay: Sendable {
    private let presenter: Mutex<ProgressPresenter>
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - terminalColumns: the terminal's width, or `nil` for none.
    ///   - write: writes text as it is; called by one thread at a time.
    package init(terminalColumns: Int?, write: @escaping @Sendable (String) -> Void) {
        presenter = Mutex(ProgressPresenter(terminalColumns: terminalColumns))
        self.write = write
    }

    /// Shows a new snapshot.
    package func update(_ snapshot: ProgressSnapshot, atSeconds now: Double) {
        show { $0.update(snapshot, atSeconds: now) }
    }

    /// Shows the line that an epoch ends with.
    package func epochEnded(_ record: EpochRecord, epochs: Int, atSeconds now: Double) {
        show { $0.epochEnded(record, epochs: epochs, atSeconds: now) }
    }

    /// Shows a line that stays.
    package func message(_ line: String) { show { $0.message(line) } }

    /// Takes the bar away.
    package func clear() { show { $0.clear() } }

    private func show(_ text: (inout ProgressPresenter) -> String) {
        presenter.withLock { presenter in
            let text = text(&presenter)
            if !text.isEmpty { write(text) }
        }
    }
}
