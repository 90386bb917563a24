import WireMessages

/// Segments that wait until libzmq accepts them, within bounds of bytes and of segments.
struct OutgoingQueue {
    private let settings: TransportSettings
    private var segments: [Segment?] = []
    private var head = 0
    /// The waiting bytes.
    private(set) var cost = 0

    init(_ settings: TransportSettings) { self.settings = settings }

    var first: Segment? { head < segments.count ? segments[head] : nil }

    /// All waiting segments, in order.
    var waiting: [Segment] { segments[head...].compactMap(\.self) }

    /// Whether a message may be queued: always if nothing waits, otherwise within the bounds.
    func admits(_ more: [Segment]) -> Bool {
        guard head < segments.count else { return true }
        return segments.count - head < settings.maximumQueuedSegments
            && cost + more.reduce(0) { $0 + $1.cost } <= settings.maximumQueuedBytes
    }

    mutating func append(_ more: [Segment]) {
        for segment in more {
            segments.append(segment)
            cost += segment.cost
        }
    }

    /// Removes the first segment, which was sent.
    mutating func removeFirst() {
        cost -= segments[head]?.cost ?? 0
        segments[head] = nil
        head += 1
        guard head == segments.count || head >= 64 && head * 2 >= segments.count else { return }
        segments.removeFirst(head)
        head = 0
    }
}

/// The memory of everything that waits for all peers; tensors that wait for several peers count once.
struct QueuedMemory {
    private var uses: [ObjectIdentifier: Int] = [:]
    private(set) var byteCount = 0

    mutating func add(_ segment: Segment) {
        byteCount += segment.ownBytes
        for piece in segment.pieces {
            let count = uses[piece.bytes.identity, default: 0]
            if count == 0 { byteCount += piece.bytes.count }
            uses[piece.bytes.identity] = count + 1
        }
    }

    mutating func remove(_ segment: Segment) {
        byteCount -= segment.ownBytes
        for piece in segment.pieces {
            let count = uses[piece.bytes.identity, default: 1] - 1
            uses[piece.bytes.identity] = count == 0 ? nil : count
            if count == 0 { byteCount -= piece.bytes.count }
        }
    }
}

package enum SendOutcome: Sendable, Equatable {
    /// It is on its way, or queued completely.
    case sent
    /// Too much waits already, and nothing of it was taken; try again later.
    case wouldBlock
    /// The peer doesn't exist any more.
    case unreachable
}
