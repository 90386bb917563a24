import WireMessages

/// Segments that wait until libzmq takes them, within a bound of bytes.
struct OutgoingQueue {
    private let bound: Int
    private var segments: [Segment?] = []
    private var head = 0
    /// What waits, in bytes.
    private(set) var cost = 0

    init(bound: Int) { self.bound = bound }

    var first: Segment? { head < segments.count ? segments[head] : nil }

    /// Whether a message of `cost` may wait: always behind nothing, otherwise within the bound.
    func admits(_ cost: Int) -> Bool { self.cost == 0 || self.cost + cost <= bound }

    mutating func append(_ more: ArraySlice<Segment>) {
        for segment in more {
            segments.append(segment)
            cost += segment.cost
        }
    }

    /// Drops the first segment, which was sent.
    mutating func removeFirst() {
        cost -= segments[head]?.cost ?? 0
        segments[head] = nil
        head += 1
        guard head == segments.count || head >= 64 && head * 2 >= segments.count else { return }
        segments.removeFirst(head)
        head = 0
    }
}

/// What became of a message that was to be sent.
package enum SendOutcome: Sendable, Equatable {
    /// It is on its way, or queued whole: nothing more is to be done.
    case sent
    /// Too much waits already and nothing of it was taken; try again later.
    case wouldBlock
    /// There is no such peer any more.
    case unreachable
}
