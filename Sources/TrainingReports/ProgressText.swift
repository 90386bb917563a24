import TrainingProtocol

/// Progress as text: pure functions of a snapshot.
package enum ProgressText {
    /// The width of the bar itself, in characters.
    private static let barWidth = 16
    /// Workers beyond these are counted, not listed.
    private static let listedWorkers = 4

    /// Two lines for a terminal, each cut to `columns`: the bar, then the workers' activities or what the run
    /// is waiting for.
    package static func bar(_ snapshot: ProgressSnapshot, columns: Int) -> [String] {
        let share =
            snapshot.picturesTotal > 0
            ? Double(snapshot.picturesDone) / Double(snapshot.picturesTotal) : 0
        let filled = min(barWidth, max(0, Int(share * Double(barWidth))))
        let bar = String(repeating: "━", count: filled) + String(repeating: "─", count: barWidth - filled)
        var parts = [title(snapshot), bar, count(snapshot)]
        parts += measures(snapshot)
        return [fitted(parts.joined(separator: "  "), columns), fitted("  " + activity(snapshot), columns)]
    }

    /// One line for a log.
    package static func line(_ snapshot: ProgressSnapshot) -> String {
        let heading =
            snapshot.phase == .reading
            ? [reading(snapshot)] : [title(snapshot), "\(count(snapshot)) pictures"]
        var parts = heading + measures(snapshot)
        if let waitingFor = snapshot.waitingFor { parts.append(waitingFor) }
        return parts.joined(separator: "  ")
    }

    package static func epochLine(_ record: EpochRecord, epochs: Int) -> String {
        "\(epochTitle(record.epoch, epochs))  \(result(record))  \(fixed(record.seconds, digits: 1)) s"
    }

    /// An epoch's losses and accuracies under their names in Keras.
    package static func result(_ record: EpochRecord) -> String {
        var parts = ["loss \(fixed(record.loss))", "accuracy \(fixed(record.accuracy))"]
        if let loss = record.validationLoss { parts.append("val_loss \(fixed(loss))") }
        if let accuracy = record.validationAccuracy { parts.append("val_accuracy \(fixed(accuracy))") }
        return parts.joined(separator: "  ")
    }

    /// The progress of a run that has not begun.
    package static func reading(_ snapshot: ProgressSnapshot) -> String {
        Reception.words(read: snapshot.picturesDone, of: snapshot.picturesTotal)
    }

    private static func title(_ snapshot: ProgressSnapshot) -> String {
        switch snapshot.phase {
        case .reading: "preparing"
        case .checking: "checking"
        case .training: epochTitle(snapshot.epoch, snapshot.epochs)
        case .validating: epochTitle(snapshot.epoch, snapshot.epochs) + " val"
        }
    }

    private static func epochTitle(_ epoch: Int, _ epochs: Int) -> String {
        let total = "\(epochs)"
        return "epoch \(padded("\(epoch + 1)", to: total.count))/\(total)"
    }

    private static func count(_ snapshot: ProgressSnapshot) -> String {
        let total = "\(snapshot.picturesTotal)"
        return "\(padded("\(snapshot.picturesDone)", to: total.count))/\(total)"
    }

    private static func measures(_ snapshot: ProgressSnapshot) -> [String] {
        var parts: [String] = []
        if let rate = snapshot.picturesPerSecond { parts.append("\(fixed(rate, digits: 1))/s") }
        if let loss = snapshot.loss { parts.append("loss \(fixed(loss))") }
        if let accuracy = snapshot.accuracy { parts.append("acc \(fixed(accuracy, digits: 3))") }
        if let seconds = snapshot.secondsLeft { parts.append(duration(seconds)) }
        return parts
    }

    private static func activity(_ snapshot: ProgressSnapshot) -> String {
        if let waitingFor = snapshot.waitingFor { return waitingFor }
        if snapshot.phase == .reading { return reading(snapshot) }
        if snapshot.workers.isEmpty { return "no workers yet" }
        let hosts = Set(snapshot.workers.map(\.host))
        let listed = snapshot.workers.prefix(listedWorkers).map { worker in
            hosts.count > 1
                ? "\(worker.number)@\(worker.host) \(worker.activity)" : "\(worker.number) \(worker.activity)"
        }
        let others = snapshot.workers.count - listed.count
        return "worker " + listed.joined(separator: " · ") + (others > 0 ? " · \(others) more" : "")
    }

    /// "4s", "3m05s" or "2h07m"; empty if it isn't finite, negative or absurdly large.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "" }
        let whole = Int(seconds.rounded(.up))
        if whole < 60 { return "\(whole)s" }
        if whole < 3600 { return "\(whole / 60)m\(padded("\(whole % 60)", to: 2, with: "0"))s" }
        return "\(whole / 3600)h\(padded("\(whole / 60 % 60)", to: 2, with: "0"))m"
    }

    /// A number with `digits` decimals, formatted the same on every machine.
    package static func fixed(_ value: Double, digits: Int = 4) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((abs(value) * scale).rounded())
        let whole = scaled / Int(scale)
        let rest = digits == 0 ? "" : "." + padded("\(scaled % Int(scale))", to: digits, with: "0")
        return (value < 0 && scaled > 0 ? "-" : "") + "\(whole)\(rest)"
    }

    private static func padded(_ text: String, to width: Int, with filler: Character = " ") -> String {
        String(repeating: filler, count: max(0, width - text.count)) + text
    }

    /// `text`, cut with an ellipsis if it doesn't fit.
    private static func fitted(_ text: String, _ columns: Int) -> String {
        text.count <= columns ? text : String(text.prefix(max(0, columns - 1))) + "…"
    }
}
