import Foundation
import TrainingProtocol

/// A CSV field by RFC 4180: quoted if it contains a comma, a quote or a line break.
private func csvField(_ text: String) -> String {
    let needsQuotes = text.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
    guard needsQuotes else { return text }
    // By scalars: `replacing` would miss a quote that forms one character with a combining mark after it.
    let doubled = text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
    return "\"\(doubled)\""
}

/// `history.csv`: the epochs of a run, with the columns of Keras' CSVLogger and the seconds.
package enum HistoryFile {
    package static let name = "history.csv"
    private static let header = "epoch,loss,accuracy,val_loss,val_accuracy,seconds"

    /// The whole file. Numbers are written so that reading them gives the same bits; missing values are
    /// empty.
    package static func text(_ records: [EpochRecord]) -> String {
        let lines = records.map { record in
            let validation = [record.validationLoss, record.validationAccuracy].map {
                $0.map { "\($0)" } ?? ""
            }
            return
                (["\(record.epoch)", "\(record.loss)", "\(record.accuracy)"] + validation + [
                    "\(record.seconds)"
                ])
                .joined(separator: ",")
        }
        return ([header] + lines).map { $0 + "\n" }.joined()
    }

    /// Parses a whole file; `nil` if it isn't as `text` writes it.
    package static func records(_ text: String) -> [EpochRecord]? {
        let lines = text.split(separator: "\n")
        guard lines.first.map(String.init) == header else { return nil }
        let records = lines.dropFirst().compactMap { line -> EpochRecord? in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == 6, let epoch = Int(fields[0]), let loss = Double(fields[1]),
                let accuracy = Double(fields[2]), let seconds = Double(fields[5]),
                fields[3...4].allSatisfy({ $0.isEmpty || Double($0) != nil })
            else { return nil }
            let validationAccuracy = Double(fields[4])
            guard (0...1 << 32).contains(epoch), (0...1).contains(accuracy),
                validationAccuracy.map((0...1).contains) ?? true,
                (0...1e12).contains(seconds)
            else { return nil }
            return EpochRecord(
                epoch: epoch, loss: loss, accuracy: accuracy, validationLoss: Double(fields[3]),
                validationAccuracy: validationAccuracy, seconds: seconds)
        }
        return records.count == lines.count - 1 ? records : nil
    }
}

/// `problems.csv`: the pictures that were left out, each with the reason.
package enum ProblemsFile {
    package static let name = "problems.csv"

    package static func text(_ problems: [(path: String, reason: String)]) -> String {
        let lines = problems.map { "\(csvField($0.path)),\(csvField($0.reason))\n" }
        return "path,reason\n" + lines.joined()
    }
}

/// `class_indices.json`: like Keras' `class_indices`, {"ants": 0, "bees": 1}, in the order of the indices.
package enum ClassIndicesFile {
    package static let name = "class_indices.json"

    package static func text(_ classes: [String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let entries = try classes.enumerated().map { index, name in
            "\(String(decoding: try encoder.encode(name), as: UTF8.self)): \(index)"
        }
        return "{" + entries.joined(separator: ", ") + "}\n"
    }
}
