/// Measures how fast a count grows, over the last seconds.
package struct RateMeter: Sendable {
    /// Long enough for a steady rate, short enough to follow changes.
    private static let windowSeconds = 15.0
    /// A rate over less time is meaningless.
    private static let leastSeconds = 0.5

    private var marks: [(seconds: Double, count: Int)] = []

    package init() {}

    /// Adds the count at `now`, and returns how much it grows per second; `nil` if it hasn't grown, or in the
    /// first 0.5 s.
    package mutating func rate(count: Int, atSeconds now: Double) -> Double? {
        marks.append((now, count))
        // The newest mark that is older than the window stays, so that slow counts have a rate too.
        while marks.count > 2, now - marks[1].seconds > Self.windowSeconds { marks.removeFirst() }
        let seconds = now - marks[0].seconds
        let growth = count - marks[0].count
        return seconds >= Self.leastSeconds && growth > 0 ? Double(growth) / seconds : nil
    }
}
