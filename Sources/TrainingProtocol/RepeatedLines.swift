/// Events that the log may repeat many times for one worker or host.
package enum RepeatedKind: String, Sendable, Hashable {
    case joined = "joined"
    case left = "left"
    case refused = "was refused"
    case failed = "could not do its leases"
    case tookOver = "took over what was lost"
    case broke = "broke the protocol"
    case setApart = "was set apart"
}

/// Limits log lines that workers cause: the first of a kind are logged as they are; the rest are counted and
/// summed up from time to time, however many there are.
struct RepeatedLines: Sendable {
    struct Key: Sendable, Hashable {
        let who: String
        let kind: RepeatedKind
    }

    private struct Count: Sendable {
        var since: Instant
        /// Until the next summary.
        var interval: Duration
        /// How many more may be logged as they are.
        var allowance: Int
        var summed = 0
        var total = 0
        var level = LogLevel.info
        var last = ""
    }

    private var counts: [Key: Count] = [:]
    private let allowance: Int

    /// Lines of a kind that are logged one by one before they are summed up.
    static let usualAllowance = 32
    /// Time between two summaries of a kind; it doubles as long as there is something to sum up.
    private static let interval = Duration.seconds(10)
    private static let longestInterval = Duration.seconds(640)
    /// Workers and hosts beyond this many are summed up together.
    private static let keysAtMost = 256

    init(allowance: Int = usualAllowance) { self.allowance = allowance }

    /// The line if it may be logged as it is; otherwise `nil`.
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

    /// The summaries that are due, or all of them at the end.
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

    /// All that was summed up, by worker or host and kind, the most frequent first.
    var sums: [(who: String, kind: RepeatedKind, count: Int)] {
        counts.filter { $0.value.total > allowance }
            .map { (who: $0.key.who, kind: $0.key.kind, count: $0.value.total) }
            .sorted { ($1.count, $0.who, $0.kind.rawValue) < ($0.count, $1.who, $1.kind.rawValue) }
    }
}

extension CoordinatorMachine {
    /// Logs a line that a worker or a host causes.
    mutating func note(_ level: LogLevel, _ kind: RepeatedKind, by who: String, _ text: String) {
        let key = RepeatedLines.Key(who: who, kind: kind)
        if let line = repeated.pass(text, level, key, now: moment) { actions.append(.log(level, line)) }
    }

    /// Logs the summaries that are due.
    mutating func noteSums(isEnd: Bool = false) {
        for (level, line) in repeated.due(now: moment, isEnd: isEnd) { actions.append(.log(level, line)) }
    }

    /// Repeated events and their counts, for the report.
    package var repeatedLines: [String] {
        repeated.sums.map { "\($0.who) \($0.kind.rawValue), \($0.count) times" }
    }

    /// Counts a breach of the protocol against a worker, to be forgotten after a while; returns whether there
    /// were too many.
    mutating func breach(by number: Int) -> Bool {
        let owed = max(owes[number] ?? moment, moment) + configuration.limits.breachForgivenAfter
        owes[number] = owed
        return owed - moment
            > configuration.limits.breachForgivenAfter * configuration.limits.breachesPerWorker
    }

    /// Counts a breach by a connected worker; returns whether it is set apart for it.
    mutating func setApartIfTooMany(_ peer: Peer, _ what: String, now: Instant) -> Bool {
        guard let worker = workers[peer], breach(by: worker.number) else { return false }
        setApart(peer, because: "it broke the protocol too often; the last time \(what)", now: now)
        return true
    }

    /// Handles a message that can't be understood, whose connection is given up.
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
