import Foundation

/// Why a run can't be repeated or resumed.
package enum RecordedPlanError: Error, CustomStringConvertible {
    case absent(run: String)
    case unreadable(path: String, reason: String)

    package var description: String {
        switch self {
        case .absent(let run):
            "\(run): no run is here to resume; leave out --resume to begin one"
        case .unreadable(let path, let reason):
            "\(path): not a configuration of HeadStart: \(reason); restore it, or begin a run in a new folder"
        }
    }
}

extension TrainingPlan {
    /// Its name in a run folder.
    package static let recordName = "config.json"

    /// Reads what a run was asked to do.
    package init(recordedIn run: String) throws(RecordedPlanError) {
        let path = run + "/" + Self.recordName
        guard let data = FileManager.default.contents(atPath: path) else { throw .absent(run: run) }
        do { self = try JSONDecoder().decode(TrainingPlan.self, from: data) } catch {
            throw .unreadable(path: path, reason: Self.words(for: error))
        }
    }

    /// `config.json`: the plan, one value a line, keys sorted.
    package var record: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        }
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "it has no \"\(key.stringValue)\""
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" is of another type"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" can't be used"
        default: "it isn't JSON"
        }
    }
}
