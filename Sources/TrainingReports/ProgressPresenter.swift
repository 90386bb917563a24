import TrainingProtocol

/// Turns a run's snapshots into what is written to standard error: a bar that is redrawn in place on a
/// terminal, a line now and then elsewhere.
///
/// A value without clock or file: it is told the time, and its owner writes the text that it returns.
package struct ProgressPresenter: Sendable {
    /// A terminal is redrawn at most this often.
    private static let redrawSeconds = 0.1
    /// The time between two lines where there is no terminal.
    private static let lineSeconds = 10.0

    /// `nil` where there is no terminal.
    private let columns: Int?
    private var lastSeconds: Double?
    private var shown: [String] = []
    /// What the last line without a terminal counted.
    private var counted: (phase: ProgressSnapshot.Phase, epoch: Int, pictures: Int)?

    /// - Parameter terminalColumns: the terminal's width, or `nil` for none.
    package init(terminalColumns: Int?) { columns = terminalColumns }

    /// What to write for a new snapshot; often nothing.
    package mutating func update(_ snapshot: ProgressSnapshot, atSeconds now: Double) -> String {
        guard let columns else {
            // The first line waits too: a short epoch needs none but its last.
            let last = lastSeconds ?? now
            lastSeconds = last
            guard now - last >= Self.lineSeconds else { return "" }
            lastSeconds = now
            let count = (snapshot.phase, snapshot.epoch, snapshot.picturesDone)
            // The log tells of the wait, and nothing else has happened.
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

    /// What to write when an epoch has ended.
    package mutating func epochEnded(_ record: EpochRecord, epochs: Int, atSeconds now: Double) -> String {
        lastSeconds = columns == nil ? now : nil
        return message(ProgressText.epochLine(record, epochs: epochs))
    }

    /// What to write for a line that stays, such as one of the log: the bar gives way to it and comes back
    /// with the next snapshot.
    package mutating func message(_ line: String) -> String {
        let text = clear() + line + "\n"
        lastSeconds = columns == nil ? lastSeconds : nil
        return text
    }

    /// What takes the bar away, at the run's end.
    package mutating func clear() -> String {
        guard !shown.isEmpty else { return "" }
        let up = String(repeating: "\u{1B}[1A", count: shown.count - 1)
        shown = []
        return "\r" + up + "\u{1B}[J"
    }
}
