/// HTML whose interpolated strings are escaped, so that text such as file names can't become markup.
///
/// A literal's own text and another `Markup` are inserted unchanged.
package struct Markup: ExpressibleByStringInterpolation, Sendable, Equatable {
    package private(set) var text: String

    package init(stringLiteral text: String) { self.text = text }

    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Joins several pieces.
    package init(_ parts: [Markup], separator: String = "") {
        text = parts.map(\.text).joined(separator: separator)
    }

    /// Isolates a name from outside, so that letters of another direction in it don't reorder the text around
    /// it.
    package static func name(_ name: String) -> Markup { "<bdi>\(name)</bdi>" }

    package static func + (left: Markup, right: Markup) -> Markup { Markup([left, right]) }

    package static func += (left: inout Markup, right: Markup) { left.text += right.text }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        /// Escapes text for content and for quoted attributes.
        package mutating func appendInterpolation(_ value: String) {
            for scalar in value.unicodeScalars {
                switch scalar {
                case "&": text += "&amp;"
                case "<": text += "&lt;"
                case ">": text += "&gt;"
                case "\"": text += "&quot;"
                case "'": text += "&#39;"
                case "\t", "\n": text.unicodeScalars.append(scalar)
                default: text.unicodeScalars.append(Self.visible(scalar))
                }
            }
        }

        package mutating func appendInterpolation(_ value: Int) { text += String(value) }

        /// Inserts markup unchanged.
        package mutating func appendInterpolation(_ value: Markup) { text += value.text }

        package mutating func appendInterpolation(_ values: [Markup]) {
            for value in values { text += value.text }
        }

        /// Replaces control characters, which HTML doesn't allow, by Unicode's symbols for them.
        private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
            switch scalar.value {
            case 0..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
            case 0x7F: "\u{2421}"
            case 0x80..<0xA0: "\u{FFFD}"
            default: scalar
            }
        }
    }
}
