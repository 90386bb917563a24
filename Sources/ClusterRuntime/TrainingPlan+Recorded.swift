import Foundation

extension TrainingPlan {
    /// Reads a run's plan from its `config.json`.
    package init(recordedIn run: String) throws(RunFolderError) {
        let path = run + "/" + RunFolder.recordName
        guard let data = FileManager.default.contents(atPath: path) else { throw .nothingToResume(path: run) }
        do { self = try JSONDecoder().decode(TrainingPlan.self, from: data) } catch {
            throw .unreadableRecord(path: path, reason: Self.words(for: error))
        }
    }

    /// What is wrong with a record, for messages.
    static func words(for error: any Error) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case DecodingError.keyNotFound(let key, _): "it has no \"\(key.stringValue)\""
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\"\(place(context))\" is of another type"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "\"\(place(context))\" can't be used"
        default: "it isn't JSON"
        }
    }
}
