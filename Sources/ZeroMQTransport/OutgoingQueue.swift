import WireMessages

/// Segments that wait until libzmq takes them, within a bound of bytes and of segments.
struct OutgoingQueue {
    private let settings: TransportSettings
    private var segments: [Segment?] = []
    private var head = 0
    /// What waits, in bytes.
    private(set) var cost = 0

    init(_ settings: TransportSettings) { self.settings = settings }

    var first: Segment? { head < segments.count ? segments[head] : nil }

    /// All that waits, in order.
    var waiting: [Segment] { segments[head...].compactMap(\.self) }

    /// Whether a message may wait: always behind nothing, otherwise within the bounds.
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

/// The memory of what waits for all peers: tensors that several wait for count once.
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

/// What became of a message that was to be sent.
package enum SendOutcome: Sendable, Equatable {
    /// It is on its way, or queued whole: nothing more is to be done.
    case sent
    /// Too much waits already and nothing of it was taken; try again later.
    case wouldBlock
    /// There is no such peer any more.
    case unreachable
}
