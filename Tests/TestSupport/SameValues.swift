import Glibc
import Testing

/// Expects the same numbers, floats bit for bit; what differs is told in a line, however long the arrays are.
package func expectSame<Element: SameBits>(
    _ found: [Element], _ expected: [Element], _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let difference = difference(found, expected) else { return }
    Issue.record("\(prefix(comment()))\(difference)", sourceLocation: sourceLocation)
}

/// Expects equal values; what differs is told by the path to the first part that does.
@_disfavoredOverload
package func expectSame<Value: Equatable>(
    _ found: Value, _ expected: Value, _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard found != expected else { return }
    let difference = difference(found, expected, path: "") ?? "they differ in what no mirror shows"
    Issue.record("\(prefix(comment()))\(difference)", sourceLocation: sourceLocation)
}

/// Expects numbers that are at most `tolerance` away, and none that isn't a number.
package func expectClose<Element: SameBits>(
    _ found: [Element], _ expected: [Element], atMost tolerance: Double,
    _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    let problem =
        tolerance >= 0 && tolerance.isFinite
        ? difference(found, expected, atMost: tolerance) : "\(tolerance) is no tolerance"
    guard let problem else { return }
    Issue.record("\(prefix(comment()))\(problem)", sourceLocation: sourceLocation)
}

/// A number that is compared by its bits.
package protocol SameBits {
    associatedtype Bits: Equatable
    /// Equal for equal bits only: a NaN is itself, and -0 is not 0.
    var bits: Bits { get }
    /// For the size of an error.
    var asDouble: Double { get }
}

extension Float: SameBits {
    package var bits: UInt32 { bitPattern }
    package var asDouble: Double { Double(self) }
}

extension Double: SameBits {
    package var bits: UInt64 { bitPattern }
    package var asDouble: Double { self }
}

extension SameBits where Self: BinaryInteger {
    package var bits: Self { self }
    package var asDouble: Double { Double(self) }
}

extension Int: SameBits {}
extension UInt8: SameBits {}
extension UInt32: SameBits {}

/// What differs between two arrays: the first place, its values, how many differ, the largest error; `nil`
/// for none.
///
/// - Parameter tolerance: `nil` for the same bits; else how far apart numbers may be, which both must be.
package func difference<Element: SameBits>(
    _ found: [Element], _ expected: [Element], atMost tolerance: Double? = nil
) -> String? {
    guard found.count == expected.count else { return "\(found.count) values instead of \(expected.count)" }
    // Most comparisons end here; one by one, unspecialized, a value takes a hundred times as long.
    if tolerance == nil, haveSameBytes(found, expected) { return nil }
    var first: Int?
    var count = 0
    var largest = 0.0
    for (place, (found, expected)) in zip(found, expected).enumerated() {
        let error = abs(found.asDouble - expected.asDouble)
        // An error that is no number is never within a tolerance.
        let isSame = tolerance.map { error <= $0 } ?? (found.bits == expected.bits)
        if isSame { continue }
        first = first ?? place
        count += 1
        largest = error.isNaN || largest.isNaN ? .nan : max(largest, error)
    }
    guard let first else { return nil }
    return "[\(first)] is \(found[first]) instead of \(expected[first]); \(count) of \(found.count) differ, "
        + "the largest error is \(largest)"
}

private func haveSameBytes<Element: SameBits>(_ left: [Element], _ right: [Element]) -> Bool {
    left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in
            guard let left = left.baseAddress, let place = right.baseAddress else { return true }
            return memcmp(left, place, right.count) == 0
        }
    }
}

/// The first part of two values that differs, by its path; `nil` where their parts look the same.
private func difference(_ found: Any, _ expected: Any, path: String) -> String? {
    switch (found, expected) {
    case (let found as [Float], let expected as [Float]): return difference(found, expected).map { path + $0 }
    case (let found as [UInt8], let expected as [UInt8]): return difference(found, expected).map { path + $0 }
    default: break
    }
    let (parts, others) = (
        Array(Mirror(reflecting: found).children), Array(Mirror(reflecting: expected).children)
    )
    guard !parts.isEmpty, parts.count == others.count else {
        let texts = ["\(found)", "\(expected)"]
        guard texts[0] != texts[1] else { return nil }
        return "\(path.isEmpty ? "it" : path) is \(texts[0].prefix(200)) instead of \(texts[1].prefix(200))"
    }
    for (place, (part, other)) in zip(parts, others).enumerated() {
        let step = part.label.map { path.isEmpty ? $0 : "\(path).\($0)" } ?? "\(path)[\(place)]"
        if let difference = difference(part.value, other.value, path: step) { return difference }
    }
    return nil
}

private func prefix(_ comment: String) -> String { comment.isEmpty ? "" : comment + ": " }
