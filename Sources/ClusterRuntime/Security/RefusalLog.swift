import ZeroMQTransport

/// Log lines for refusals: the first of each kind at once, the others as a sum, so that a flood of attempts
/// doesn't flood the log.
struct RefusalLog {
    private var fresh: [AccessRefusal] = []
    private var said: Set<AccessRefusal> = []
    private var more = 0
    private var windowEnd = Duration.zero

    /// The time between two sums.
    private static let window = Duration.seconds(10)
    /// The most lines in that time, besides the sum.
    private static let maximumLines = 8

    mutating func note(_ refusal: AccessRefusal) {
        if said.count < Self.maximumLines, said.insert(refusal).inserted {
            fresh.append(refusal)
        } else {
            more += 1
        }
    }

    /// The lines to log now.
    mutating func lines(at elapsed: Duration) -> [String] {
        var lines = fresh.map(\.description)
        fresh = []
        if elapsed >= windowEnd {
            if more > 0 { lines.append("\(more) more connections were refused or ended") }
            windowEnd = elapsed + Self.window
            said = []
            more = 0
        }
        return lines
    }
}
