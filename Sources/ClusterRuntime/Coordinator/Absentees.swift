import TrainingProtocol
import WireMessages

/// Workers whose connection ended without a `leaving` message. They keep reconnecting until they are told
/// that the run is over, or until they give up.
struct Absentees {
    private struct Absentee {
        var host: String
        var since: Instant
    }

    /// Workers that have introduced themselves, by connection.
    private var present: [Peer: Hello] = [:]
    /// By worker ID.
    private var away: [String: Absentee] = [:]

    /// A worker with default limits has given up after this time.
    private static let patience = WorkerLimits().patience
    /// More absentees than this are taken for a flood, and all are forgotten.
    private static let limit = 10_000

    /// Notes workers that arrive or say that they leave.
    mutating func note(_ message: WorkerMessage, from peer: Peer) {
        switch message {
        case .hello(let hello):
            present[peer] = hello
            // A new process on a host replaces the one that was lost there first.
            let place = away[hello.workerID] == nil ? oldest(of: hello.host) : hello.workerID
            if let place { away[place] = nil }
        case .leaving: present[peer] = nil
        default: break
        }
    }

    private func oldest(of host: String) -> String? {
        away.filter { $0.value.host == host }.min { ($0.value.since, $0.key) < ($1.value.since, $1.key) }?.key
    }

    /// Notes workers that are told not to come back.
    mutating func note(sent message: CoordinatorMessage, to peer: Peer) {
        switch message {
        case .refused, .goodbye(_, final: true): present[peer] = nil
        default: break
        }
    }

    /// Notes that a worker's connection has ended, or that the worker is presumed gone.
    mutating func lose(_ peer: Peer, now: Instant) {
        guard let hello = present.removeValue(forKey: peer) else { return }
        // The worker may have reconnected before the end of this connection was noticed.
        guard !present.values.contains(where: { $0.workerID == hello.workerID }) else { return }
        if away.count >= Self.limit { away = [:] }
        away[hello.workerID] = Absentee(host: hello.host, since: now)
    }

    /// The hosts of the absent workers, the most recently lost first.
    func hosts(now: Instant) -> [String] {
        away.values.filter { now - $0.since < Self.patience }
            .sorted { ($1.since, $0.host) < ($0.since, $1.host) }.map(\.host)
    }

    /// The message to log while absent workers are waited for; `nil` if there is nothing to wait for.
    func notice(now: Instant, linger: Duration) -> String? {
        let hosts = hosts(now: now)
        guard let host = hosts.first, linger > .zero else { return nil }
        return
            "the run is over; up to \(Int(linger.inSeconds)) s are left to tell \(hosts.count) workers that are "
            + "away, the last of host \(host); Ctrl-C ends this"
    }
}
