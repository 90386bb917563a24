import ZeroMQTransport

/// Lines for refusals: each kind at once, what comes after it in a sum, so that a flood of attempts isn't a
/// flood of lines.
struct RefusalLog {
    private var fresh: [AccessRefusal] = []
    private var said: Set<AccessRefusal> = []
    private var more = 0
    private var windowEnd = Duration.zero

    /// Between two sums.
    private static let window = Duration.seconds(10)
    /// Lines within that time, the sum excepted.
    private static let maximumLines = 8

    mutating func note(_ refusal: AccessRefusal) {
        if said.count < Self.maximumLines, said.insert(refusal).inserted {
            fresh.append(refusal)
        } else {
            more += 1
        }
    }

    /// What is to be said at this time.
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
