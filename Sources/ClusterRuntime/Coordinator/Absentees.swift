import TrainingProtocol
import WireMessages

/// Workers whose connection ended and who did not say that they leave: they dial until they are told, or
/// until their patience ends.
struct Absentees {
    private struct Absentee {
        var host: String
        var since: Instant
    }

    /// By connection, the workers that have introduced themselves.
    private var present: [Peer: Hello] = [:]
    /// By the workers' own names.
    private var away: [String: Absentee] = [:]

    /// Who was away longer has given up, as far as the standard goes.
    private static let patience = WorkerLimits().patience
    /// More than this at once are not told apart from a flood.
    private static let limit = 10_000

    /// Takes note of who comes, and of who says that it goes.
    mutating func note(_ message: WorkerMessage, from peer: Peer) {
        switch message {
        case .hello(let hello):
            present[peer] = hello
            // A new process of a host is there in place of the one that was lost.
            let place = away[hello.workerID] == nil ? oldest(of: hello.host) : hello.workerID
            if let place { away[place] = nil }
        case .leaving: present[peer] = nil
        default: break
        }
    }

    private func oldest(of host: String) -> String? {
        away.filter { $0.value.host == host }.min { ($0.value.since, $0.key) < ($1.value.since, $1.key) }?.key
    }

    /// Takes note of who is told not to come back.
    mutating func note(sent message: CoordinatorMessage, to peer: Peer) {
        switch message {
        case .refused, .goodbye(_, final: true): present[peer] = nil
        default: break
        }
    }

    /// Its connection has ended, or it is taken for gone.
    mutating func lose(_ peer: Peer, now: Instant) {
        guard let hello = present.removeValue(forKey: peer) else { return }
        // It may be back over another connection before the end of this one is noticed.
        guard !present.values.contains(where: { $0.workerID == hello.workerID }) else { return }
        if away.count >= Self.limit { away = [:] }
        away[hello.workerID] = Absentee(host: hello.host, since: now)
    }

    /// Their hosts, the last one lost first.
    func hosts(now: Instant) -> [String] {
        away.values.filter { now - $0.since < Self.patience }
            .sorted { ($1.since, $0.host) < ($0.since, $1.host) }.map(\.host)
    }

    /// For people, while they are waited for; `nil` where nobody is away.
    func notice(now: Instant, linger: Duration) -> String? {
        let hosts = hosts(now: now)
        guard let host = hosts.first, linger > .zero else { return nil }
        return
            "the run is over; up to \(Int(linger.inSeconds)) s are left to tell \(hosts.count) workers that are "
            + "away, the last of host \(host); Ctrl-C ends this"
    }
}
