import TrainingProtocol

/// Turns a run's snapshots into text for standard error: a bar that is redrawn in place on a terminal, or
/// occasional lines elsewhere.
///
/// It has neither clock nor file: its owner passes the time, and writes the text that it returns.
package struct ProgressPresenter: Sendable {
    /// The shortest time between two redraws on a terminal.
    private static let redrawSeconds = 0.1
    /// The time between two lines without a terminal.
    private static let lineSeconds = 10.0

    /// `nil` without a terminal.
    private let columns: Int?
    private var lastSeconds: Double?
    private var shown: [String] = []
    /// The counts in the last line, without a terminal.
    private var counted: (phase: ProgressSnapshot.Phase, epoch: Int, pictures: Int)?

    /// - Parameter terminalColumns: the terminal's width, or `nil` for none.
    package init(terminalColumns: Int?) { columns = terminalColumns }

    /// The text to write for a new snapshot; often empty.
    package mutating func update(_ snapshot: ProgressSnapshot, atSeconds now: Double) -> String {
        guard let columns else {
            // The first line waits too: a short epoch needs only its final line.
            let last = lastSeconds ?? now
            lastSeconds = last
            guard now - last >= Self.lineSeconds else { return "" }
            lastSeconds = now
            let count = (snapshot.phase, snapshot.epoch, snapshot.picturesDone)
            // Nothing else has happened, and the log mentions the wait.
            if let counted, counted == count, snapshot.waitingFor != nil { return "" }
            counted = count
            return ProgressText.line(snapshot) + "\n"
        }
        if let lastSeconds, now - lastSeconds < Self.redrawSeconds { return "" }
        lastSeconds = now
        let lines = ProgressText.bar(snapshot, columns: columns)
        guard lines != shown else { return "" }
        let text = clear() + lines.joined(separator: "\n")
        shown = lines
        return text
    }

    /// The text to write when an epoch has ended.
    package mutating func epochEnded(_ record: EpochRecord, epochs: Int, atSeconds now: Double) -> String {
        lastSeconds = columns == nil ? now : nil
        return message(ProgressText.epochLine(record, epochs: epochs))
    }

    /// The text to write for a line that stays, such as a log line: it replaces the bar, which returns with
    /// the next snapshot.
    package mutating func message(_ line: String) -> String {
        let text = clear() + line + "\n"
        lastSeconds = columns == nil ? lastSeconds : nil
        return text
    }

    /// The text that removes the bar.
    package mutating func clear() -> String {
        guard !shown.isEmpty else { return "" }
        let up = String(repeating: "\u{1B}[1A", count: shown.count - 1)
        shown = []
        return "\r" + up + "\u{1B}[J"
    }
}
