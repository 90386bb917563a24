/// HTML whose interpolated strings are escaped: what comes from file names can't become markup.
///
/// A literal's own text is taken as it is, and so is another `Markup`.
package struct Markup: ExpressibleByStringInterpolation, Sendable, Equatable {
    package private(set) var text: String

    package init(stringLiteral text: String) { self.text = text }

    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Several, one after the other.
    package init(_ parts: [Markup], separator: String = "") {
        text = parts.map(\.text).joined(separator: separator)
    }

    /// A name from the outside: isolated, so that letters of another direction turn nothing around it.
    package static func name(_ name: String) -> Markup { "<bdi>\(name)</bdi>" }

    package static func + (left: Markup, right: Markup) -> Markup { Markup([left, right]) }

    package static func += (left: inout Markup, right: Markup) { left.text += right.text }

    /// Collects a literal and its values.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity)
        }

        /// The literal's own text.
        package mutating func appendLiteral(_ literal: String) { text += literal }

        /// Text that is escaped, for content and for quoted attributes.
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

        /// A number as Swift writes it.
        package mutating func appendInterpolation(_ value: Int) { text += String(value) }

        /// Markup as it is.
        package mutating func appendInterpolation(_ value: Markup) { text += value.text }

        /// Pieces of markup, one after the other.
        package mutating func appendInterpolation(_ values: [Markup]) {
            for value in values { text += value.text }
        }

        /// Control characters, which HTML doesn't allow, as the pictures that Unicode has of them.
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
