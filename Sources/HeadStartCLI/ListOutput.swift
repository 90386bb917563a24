import Foundation

/// A list on standard output, item by item as it comes: lines, or one JSON array.
struct ListOutput {
    private let json: Bool
    private var isEmpty = true

    init(json: Bool) { self.json = json }

    /// Adds an item to the array.
    mutating func add(_ item: some Encodable) throws {
        let text = try JSONText.line(item)
        print(isEmpty ? "[\n  \(text)" : ",\n  \(text)", terminator: "")
        isEmpty = false
        try StandardOutput.check()
    }

    /// Adds a line.
    func add(line: String) throws {
        print(line)
        try StandardOutput.check()
    }

    /// Ends the array.
    func end() {
        if json { print(isEmpty ? "[]" : "\n]") }
    }
}

/// Values as JSON text.
enum JSONText {
    /// On one line, keys sorted.
    static func line(_ value: some Encodable) throws -> String {
        try text(value, [.sortedKeys, .withoutEscapingSlashes])
    }

    /// A value a line, keys sorted.
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
