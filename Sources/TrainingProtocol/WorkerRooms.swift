/// A round of giving work away.
enum GrantPass: Int, Sendable, CaseIterable {
    case gradients
    /// Everything but gradients, as far as slots reach.
    case others
    /// What was lost with another worker, beyond the slots.
    case lost

    var isOfGradients: Bool { self == .gradients }
}

/// Who has room for more work of a pass.
struct WorkerRooms: Sendable {
    /// A worker with room; who has nothing comes before who has something to do already, and of equals who
    /// came first.
    struct Candidate: Sendable, Comparable {
        /// Leases of the lane that wait at it.
        let waiting: Int
        /// Its place among all that joined.
        let order: Int
        let peer: Peer

        static func < (left: Candidate, right: Candidate) -> Bool {
            (left.waiting, left.order) < (right.waiting, right.order)
        }
    }

    private(set) var all = SortedSet<Candidate>()
    /// Those that hold nothing of the lane.
    private(set) var idle = SortedSet<Candidate>()
    private var known: [Peer: Candidate] = [:]

    subscript(peer: Peer) -> Candidate? { known[peer] }

    /// - Parameter candidate: `nil` for a worker without room.
    mutating func set(_ peer: Peer, _ candidate: Candidate?, isIdle: Bool) {
        if let old = known[peer] {
            if old != candidate { all.remove(old) }
            idle.remove(old)
        }
        known[peer] = candidate
        guard let candidate else { return }
        all.insert(candidate)
        if isIdle { idle.insert(candidate) }
    }
}

/// When a worker has room again by the passing of time alone.
struct WorkerWake: Sendable, Comparable {
    let time: Instant
    let peer: Peer

    static func < (left: WorkerWake, right: WorkerWake) -> Bool {
        left.time != right.time ? left.time < right.time : left.peer < right.peer
    }
}
