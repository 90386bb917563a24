import Foundation
import Logging
import TrainingReports

package enum LogForm: Sendable, Equatable {
    /// The message, after its level if that is a warning or worse.
    case plain
    /// With the time of day before that, for terminals.
    case timeOfDay
    /// With date and time before it, for files.
    case dateAndTime
    /// One JSON object.
    case json
}

/// Writes log lines to the display that shows the progress.
package struct DisplayLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let display: ProgressDisplay
    private let form: LogForm
    private let wallClock: @Sendable () -> Date

    package init(
        display: ProgressDisplay, form: LogForm, level: Logger.Level = .info,
        wallClock: @escaping @Sendable () -> Date
    ) {
        self.display = display
        self.form = form
        logLevel = level
        self.wallClock = wallClock
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let level = event.level >= .warning ? "\(event.level): " : ""
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let text = "\(level)\(event.message)\(details)"
        switch form {
        case .plain: display.message(text.printable)
        case .timeOfDay: display.message("\(timeOfDay)  \(text)".printable)
        case .dateAndTime: display.message("\(wallClock().formatted(.iso8601))  \(text)".printable)
        case .json:
            let line = JSONLogLine(
                time: wallClock(), level: event.level, message: "\(event.message)", metadata: all)
            display.message("\(timeOfDay)  \(text)".printable, writtenAs: line.text)
        }
    }

    private var timeOfDay: String {
        let text = wallClock().formatted(.iso8601)
        guard let start = text.firstIndex(of: "T") else { return text }
        return String(text[text.index(after: start)...].dropLast())
    }
}

/// A log line for programs: {"level": …, "message": …, "metadata": {…}, "time": …}.
package struct JSONLogLine: Encodable {
    private let time: String
    private let level: String
    private let message: String
    private let metadata: [String: Value]

    /// Encodes numbers as numbers, and everything else as text.
    private struct Value: Encodable {
        let value: Logger.MetadataValue

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch value {
            case .stringConvertible(let number as Int): try container.encode(number)
            case .stringConvertible(let number as Double): try container.encode(number)
            default: try container.encode("\(value)")
            }
        }
    }

    package init(time: Date, level: Logger.Level, message: String, metadata: Logger.Metadata = [:]) {
        self.time = time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        self.level = level.rawValue
        self.message = message
        self.metadata = metadata.mapValues(Value.init)
    }

    /// The JSON, on one line.
    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        // Encoding text and numbers can't fail.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
