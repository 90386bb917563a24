import WireMessages

/// The open work of a run and who holds it. Every piece of work is here from the moment it may be done until
/// its first answer counts; a piece may have several holders, and losing one costs that holder's share only.
struct LeaseTable: Sendable {
    struct Entry: Sendable {
        let id: LeaseID
        let work: Work
        /// The worker (by number) that should do it if it is there, since the features are its own.
        let preferredWorker: Int?
        var holders: [(peer: Peer, since: Instant, sent: Instant)] = []
        var failures = 0
        /// When it was lost with its last holder, until somebody holds it again.
        var lostSince: Instant?
    }

    /// By urgency: gradients first, then evaluation, extraction and checks; within a kind by step and chunk.
    private(set) var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }

    func count(of kind: LeaseKind) -> Int { entries.count { $0.id.kind == kind } }

    /// The number of leases a peer holds in the lane of extraction (everything but gradients) or of
    /// gradients.
    func held(by peer: Peer, gradients: Bool) -> Int {
        entries.count { entry in
            (entry.id.kind == .gradient) == gradients && entry.holders.contains { $0.peer == peer }
        }
    }

    mutating func add(_ id: LeaseID, work: Work, preferredWorker: Int? = nil) {
        let place = entries.partitioningIndex { Self.precedes(id, $0.id) }
        entries.insert(Entry(id: id, work: work, preferredWorker: preferredWorker), at: place)
    }

    /// Takes the work off the table; false if it was answered before or never asked.
    mutating func complete(_ id: LeaseID) -> Entry? {
        guard let place = index(of: id) else { return nil }
        return entries.remove(at: place)
    }

    /// Records a failed try and frees the lease; the number of failures so far, `nil` if the peer does not
    /// hold it.
    mutating func fail(_ id: LeaseID, by peer: Peer) -> Int? {
        guard let place = index(of: id), entries[place].holders.contains(where: { $0.peer == peer }) else {
            return nil
        }
        entries[place].holders.removeAll { $0.peer == peer }
        entries[place].failures += 1
        return entries[place].failures
    }

    /// Frees all that a peer holds; returns what nobody holds now.
    mutating func release(_ peer: Peer, now: Instant) -> [LeaseID] {
        var freed: [LeaseID] = []
        for place in entries.indices where entries[place].holders.contains(where: { $0.peer == peer }) {
            entries[place].holders.removeAll { $0.peer == peer }
            if entries[place].holders.isEmpty {
                freed.append(entries[place].id)
                entries[place].lostSince = now
            }
        }
        return freed
    }

    /// The next piece of work for a peer, which holds it from now on: the most urgent that nobody holds.
    ///
    /// - Parameter isOther: tells whether a preferred worker, not this peer's, is there to do it.
    mutating func grant(
        to peer: Peer, worker: Int, gradients: Bool, now: Instant, isOther: (Int) -> Bool
    ) -> Entry? {
        let place = entries.firstIndex { entry in
            (entry.id.kind == .gradient) == gradients && entry.holders.isEmpty
                && (entry.preferredWorker.map { $0 == worker || !isOther($0) } ?? true)
        }
        return place.map { hold($0, by: peer, now: now) }
    }

    /// Whether there is anything that some peer could be given: what nobody holds, or has been held for long.
    func hasWork(gradients: Bool, age: Duration, now: Instant) -> Bool {
        entries.contains { entry in
            guard (entry.id.kind == .gradient) == gradients else { return false }
            guard let last = entry.holders.last else { return true }
            return now - last.since > age && entry.holders.count < Self.holdersAtMost
        }
    }

    /// The oldest lease that another holds for longer than `age`, for a peer that has nothing else to do.
    mutating func takeOver(by peer: Peer, gradients: Bool, age: Duration, now: Instant) -> Entry? {
        var oldest: (place: Int, since: Instant)?
        for (place, entry) in entries.enumerated() where (entry.id.kind == .gradient) == gradients {
            guard let last = entry.holders.last, now - last.since > age,
                entry.holders.count < Self.holdersAtMost,
                !entry.holders.contains(where: { $0.peer == peer })
            else { continue }
            if oldest.map({ last.since < $0.since }) ?? true { oldest = (place, last.since) }
        }
        guard let oldest else { return nil }
        return hold(oldest.place, by: peer, now: now)
    }

    /// Leases that were sent to a holder longer than `age` ago, to be sent to it again.
    mutating func overdue(age: Duration, now: Instant) -> [(entry: Entry, peer: Peer)] {
        var overdue: [(entry: Entry, peer: Peer)] = []
        for place in entries.indices {
            for holder in entries[place].holders.indices
            where now - entries[place].holders[holder].sent > age {
                entries[place].holders[holder].sent = now
                overdue.append((entries[place], entries[place].holders[holder].peer))
            }
        }
        return overdue
    }

    /// What has been held longest, for explaining a wait.
    func oldestHeld(where isMeant: (LeaseID) -> Bool) -> (id: LeaseID, peer: Peer, since: Instant)? {
        var oldest: (id: LeaseID, peer: Peer, since: Instant)?
        for entry in entries where isMeant(entry.id) {
            for holder in entry.holders where oldest.map({ holder.since < $0.since }) ?? true {
                oldest = (entry.id, holder.peer, holder.since)
            }
        }
        return oldest
    }

    /// A piece of work has at most this many holders at a time.
    private static let holdersAtMost = 3

    private mutating func hold(_ place: Int, by peer: Peer, now: Instant) -> Entry {
        entries[place].holders.append((peer, now, now))
        defer { entries[place].lostSince = nil }
        return entries[place]
    }

    private func index(of id: LeaseID) -> Int? {
        let place = entries.partitioningIndex { !Self.precedes($0.id, id) }
        return place < entries.count && entries[place].id == id ? place : nil
    }

    /// The order of urgency.
    private static func precedes(_ left: LeaseID, _ right: LeaseID) -> Bool {
        if left.kind != right.kind { return left.kind.rawValue > right.kind.rawValue }
        if left.step != right.step { return left.step < right.step }
        return left.chunk < right.chunk
    }
}

extension RandomAccessCollection {
    /// The first index at which `belongsAfter` holds; the collection must be partitioned by it.
    fileprivate func partitioningIndex(where belongsAfter: (Element) -> Bool) -> Index {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = index(low, offsetBy: distance(from: low, to: high) / 2)
            if belongsAfter(self[middle]) { high = middle } else { low = index(after: middle) }
        }
        return low
    }
}
