import Foundation

/// Prints a list item by item to standard output, as lines or as one JSON array.
struct ListOutput {
    private let json: Bool
    private var isEmpty = true

    init(json: Bool) { self.json = json }

    /// Adds an item to the JSON array.
    mutating func add(_ item: some Encodable) throws {
        let text = try JSONText.line(item)
        print(isEmpty ? "[\n  \(text)" : ",\n  \(text)", terminator: "")
        isEmpty = false
        try StandardOutput.check()
    }

    func add(line: String) throws {
        print(line)
        try StandardOutput.check()
    }

    /// Closes the JSON array; does nothing for lines.
    func end() {
        if json { print(isEmpty ? "[]" : "\n]") }
    }
}

/// Encodes values as JSON text.
enum JSONText {
    /// One line, with sorted keys.
    static func line(_ value: some Encodable) throws -> String {
        try text(value, [.sortedKeys, .withoutEscapingSlashes])
    }

    /// Indented, one value per line, with sorted keys.
    static func pretty(_ value: some Encodable) throws -> String {
        try text(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    private static func text(_ value: some Encodable, _ format: JSONEncoder.OutputFormatting) throws -> String
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = format
        encoder.dateEncodingStrategy = .iso8601
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
