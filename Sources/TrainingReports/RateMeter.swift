/// Measures how fast a count grows, over the last seconds.
package struct RateMeter: Sendable {
    /// Long enough to be calm, short enough to follow what comes and goes.
    private static let windowSeconds = 15.0
    /// Before so much time a rate says nothing.
    private static let leastSeconds = 0.5

    private var marks: [(seconds: Double, count: Int)] = []

    package init() {}

    /// How much the count grows in a second, with what it is at `now`; `nil` where it hasn't grown.
    package mutating func rate(count: Int, atSeconds now: Double) -> Double? {
        marks.append((now, count))
        // The newest mark that is older than the window stays, so that what is slow has a rate too.
        while marks.count > 2, now - marks[1].seconds > Self.windowSeconds { marks.removeFirst() }
        let seconds = now - marks[0].seconds
        let growth = count - marks[0].count
        return seconds >= Self.leastSeconds && growth > 0 ? Double(growth) / seconds : nil
    }
}
