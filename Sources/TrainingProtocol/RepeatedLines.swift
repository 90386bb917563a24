/// What the log says again and again of the same worker or host.
package enum RepeatedKind: String, Sendable, Hashable {
    case joined = "joined"
    case left = "left"
    case refused = "was refused"
    case failed = "could not do its leases"
    case tookOver = "took over what was lost"
    case broke = "broke the protocol"
    case setApart = "was set apart"
}

/// Lines of the log that others cause: the first of a kind go out as they are, the rest is counted and told
/// of now and then, however many there are.
struct RepeatedLines: Sendable {
    struct Key: Sendable, Hashable {
        let who: String
        let kind: RepeatedKind
    }

    private struct Count: Sendable {
        var since: Instant
        /// Until the next word.
        var interval: Duration
        /// How many more may go out as they are.
        var allowance: Int
        var summed = 0
        var total = 0
        var level = LogLevel.info
        var last = ""
    }

    private var counts: [Key: Count] = [:]
    private let allowance: Int

    /// Lines of a kind that go out one by one before they are summed.
    static let usualAllowance = 32
    /// Between two words of a sum; it doubles as long as there is something to sum.
    private static let interval = Duration.seconds(10)
    private static let longestInterval = Duration.seconds(640)
    /// Whoever comes on top of so many is summed with all others.
    private static let keysAtMost = 256

    init(allowance: Int = usualAllowance) { self.allowance = allowance }

    /// The line, where it goes out as it is.
    mutating func pass(_ line: String, _ level: LogLevel, _ key: Key, now: Instant) -> String? {
        let isKnown = counts[key] != nil || counts.count < Self.keysAtMost
        let key = isKnown ? key : Key(who: "others", kind: key.kind)
        var count =
            counts[key] ?? Count(since: now, interval: Self.interval, allowance: allowance)
        defer { counts[key] = count }
        count.total += 1
        if count.allowance > 0 {
            count.allowance -= 1
            return line
        }
        count.summed += 1
        (count.level, count.last) = (level, line)
        return nil
    }

    /// The sums whose time has come; all of them where it is the end.
    mutating func due(now: Instant, isEnd: Bool = false) -> [(level: LogLevel, line: String)] {
        var lines: [(who: String, level: LogLevel, line: String)] = []
        for (key, var count) in counts where isEnd || now - count.since >= count.interval {
            if count.summed > 0 {
                let seconds = Int((now - count.since).inSeconds.rounded())
                let line =
                    "\(key.who) \(key.kind.rawValue), \(count.summed) times more in \(seconds) s; the last: "
                    + count.last
                lines.append((key.who, count.level, line))
                count.interval = min(count.interval * 2, Self.longestInterval)
            } else if count.total > allowance {
                (count.interval, count.allowance) = (Self.interval, allowance)
            } else {
                counts[key] = nil
                continue
            }
            (count.since, count.summed) = (now, 0)
            counts[key] = count
        }
        return lines.sorted { ($0.who, $0.line) < ($1.who, $1.line) }.map { ($0.level, $0.line) }
    }

    /// Who did what how often, of all that was summed, the most first.
    var sums: [(who: String, kind: RepeatedKind, count: Int)] {
        counts.filter { $0.value.total > allowance }
            .map { (who: $0.key.who, kind: $0.key.kind, count: $0.value.total) }
            .sorted { ($1.count, $0.who, $0.kind.rawValue) < ($0.count, $1.who, $1.kind.rawValue) }
    }
}

extension CoordinatorMachine {
    /// A line of the log that a worker or a host causes.
    mutating func note(_ level: LogLevel, _ kind: RepeatedKind, by who: String, _ text: String) {
        let key = RepeatedLines.Key(who: who, kind: kind)
        if let line = repeated.pass(text, level, key, now: moment) { actions.append(.log(level, line)) }
    }

    /// Tells of what was summed.
    mutating func noteSums(isEnd: Bool = false) {
        for (level, line) in repeated.due(now: moment, isEnd: isEnd) { actions.append(.log(level, line)) }
    }

    /// What was said again and again, for the report.
    package var repeatedLines: [String] {
        repeated.sums.map { "\($0.who) \($0.kind.rawValue), \($0.count) times" }
    }

    /// Counts against a worker that it broke the protocol, which time takes back; whether it has done so too
    /// often.
    mutating func breach(by number: Int) -> Bool {
        let owed = max(owes[number] ?? moment, moment) + configuration.limits.breachForgivenAfter
        owes[number] = owed
        return owed - moment
            > configuration.limits.breachForgivenAfter * configuration.limits.breachesPerWorker
    }

    /// A worker that is there has broken the protocol; whether it is set apart for it.
    mutating func setApartIfTooMany(_ peer: Peer, _ what: String, now: Instant) -> Bool {
        guard let worker = workers[peer], breach(by: worker.number) else { return false }
        setApart(peer, because: "it broke the protocol too often; the last time \(what)", now: now)
        return true
    }

    /// A message that can't be understood has come, and its connection is given up.
    mutating func endBroken(_ peer: Peer, reason: String, now: Instant) {
        let text = "dropped a message that can't be understood: \(reason)"
        guard let worker = workers[peer] else {
            note(.warning, .broke, by: "somebody who has not joined", text)
            return
        }
        note(.warning, .broke, by: hostName(of: worker.number), text)
        if !setApartIfTooMany(peer, "by a message that can't be understood: \(reason)", now: now) {
            lose(peer, reason: "its message can't be understood", now: now)
        }
    }
}
