import Foundation
import Logging
import TrainingReports

/// Log lines for people, on the display that progress is shown on: the time, the level where it is more than
/// information, the message.
struct DisplayLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    private let display: ProgressDisplay
    private let isTerminal: Bool

    /// - Parameter isTerminal: whether the time of day is enough; a log file gets the date too.
    init(display: ProgressDisplay, isTerminal: Bool) {
        self.display = display
        self.isTerminal = isTerminal
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let level = event.level >= .warning ? "\(event.level): " : ""
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        display.message("\(time(of: Date()))  \(level)\(event.message)\(details)".printable)
    }

    private func time(of date: Date) -> String {
        let text = date.formatted(.iso8601)
        guard isTerminal, let start = text.firstIndex(of: "T") else { return text }
        return String(text[text.index(after: start)...].dropLast())
    }
}
