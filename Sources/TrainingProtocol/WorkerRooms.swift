/// A pass over the workers that gives out work.
enum GrantPass: Int, Sendable, CaseIterable {
    case gradients
    /// Everything but gradients, up to the workers' slots.
    case others
    /// Work that was lost with another worker, beyond the slots.
    case lost

    var isOfGradients: Bool { self == .gradients }
}

/// The workers with room for more work in a pass.
struct WorkerRooms: Sendable {
    /// A worker with room. Those with the fewest leases waiting come first, and of equals those that joined
    /// first.
    struct Candidate: Sendable, Comparable {
        /// The number of leases of the lane that wait at it.
        let waiting: Int
        /// Its position in the order of joining.
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
