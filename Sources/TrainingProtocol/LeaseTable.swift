import ContentAddressing
import WireMessages

/// The open work of a run and who holds it. Every piece of work is here from the moment it may be done until
/// its first answer counts; a piece may have several holders, and losing one costs that holder's share only.
struct LeaseTable: Sendable {
    struct Entry: Sendable {
        let id: LeaseID
        /// Names what the answer is computed from besides the work itself.
        let weights: ContentDigest
        let work: Work
        /// The worker (by number) that has what the work needs: for gradients its features, else most
        /// pictures.
        var preferredWorker: Int?
        /// Two workers must give the same answer before it counts.
        var needsTwoAnswers = false
        /// The answer that was used before another was different: who is right is still to be found.
        var used: Answer?
        var holders: [(peer: Peer, since: Instant, sent: Instant)] = []
        /// When it was lost with its last holder, until somebody holds it again.
        var lostSince: Instant?
        /// Workers (by number) that could not do it, once for each time.
        var failures: [Int] = []
        /// What came back so far, where two answers are needed.
        var answers: [Answer] = []

        /// How often a worker has done it or failed.
        func tries(of worker: Int) -> Int {
            failures.count { $0 == worker } + answers.count { $0.worker == worker }
        }

        /// Whether the next try may be this worker's: who has tried it least among those that are there.
        func isOpen(to worker: Int, ready: Set<Int>) -> Bool {
            if failures.isEmpty, answers.isEmpty { return true }
            let tries = tries(of: worker)
            return ready.allSatisfy { self.tries(of: $0) >= tries }
        }

        /// Whether somebody has it or has tried it, and somebody else is to do it too: as urgent to each of
        /// the others as what is its own, since a step may be waiting for it.
        var asksForAnother: Bool {
            !failures.isEmpty || needsTwoAnswers && !(holders.isEmpty && answers.isEmpty)
        }

        /// Holders that it may have before any of them is slow.
        var wantedHolders: Int { needsTwoAnswers && answers.isEmpty ? 2 : 1 }
    }

    /// An answer as far as it must be compared with others.
    struct Answer: Sendable, Equatable {
        /// The worker's number.
        let worker: Int
        let digest: ContentDigest
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

    mutating func add(_ entry: Entry) {
        let place = entries.partitioningIndex { Self.precedes(entry.id, $0.id) }
        entries.insert(entry, at: place)
    }

    /// The open work of this name.
    subscript(id: LeaseID) -> Entry? { index(of: id).map { entries[$0] } }

    /// Gives work that isn't held and has no preferred worker one, where `owner` names it.
    mutating func place(_ owner: (Entry) -> Int?) {
        for place in entries.indices
        where entries[place].preferredWorker == nil && entries[place].holders.isEmpty {
            entries[place].preferredWorker = owner(entries[place])
        }
    }

    /// Forgets where work was placed; gradients stay with their features.
    mutating func forgetPlaces() {
        for place in entries.indices where entries[place].id.kind != .gradient {
            entries[place].preferredWorker = nil
        }
    }

    /// Takes the work off the table; false if it was answered before or never asked.
    mutating func complete(_ id: LeaseID) -> Entry? {
        guard let place = index(of: id) else { return nil }
        return entries.remove(at: place)
    }

    /// Records a failed try and frees the lease; `nil` if the peer does not hold it.
    mutating func fail(_ id: LeaseID, by peer: Peer, worker: Int) -> Entry? {
        guard let place = index(of: id), entries[place].holders.contains(where: { $0.peer == peer }) else {
            return nil
        }
        entries[place].holders.removeAll { $0.peer == peer }
        entries[place].failures.append(worker)
        return entries[place]
    }

    /// Records an answer that must be confirmed, and frees the lease; the work with all its answers.
    mutating func answer(_ id: LeaseID, by peer: Peer, _ answer: Answer) -> Entry? {
        guard let place = index(of: id) else { return nil }
        entries[place].holders.removeAll { $0.peer == peer }
        entries[place].answers.append(answer)
        return entries[place]
    }

    /// Counts a worker's answers for nothing.
    mutating func forgetAnswers(of worker: Int) {
        for place in entries.indices { entries[place].answers.removeAll { $0.worker == worker } }
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

    /// The next piece of work for a peer, which holds it from now on: the most urgent of its own and of what
    /// asks for another worker, else the most urgent of all that nobody holds. Gradients are left to the
    /// worker that has their features.
    ///
    /// - Parameters:
    ///   - lost: only what was lost with its last holder.
    ///   - ready: the workers, by number, that are there to do something.
    mutating func grant(
        to peer: Peer, worker: Int, gradients: Bool, lost: Bool, now: Instant, ready: Set<Int>
    ) -> Entry? {
        var other: Int?
        for (place, entry) in entries.enumerated()
        where (entry.id.kind == .gradient) == gradients && entry.holders.count < entry.wantedHolders
            && (!lost || entry.lostSince != nil)
            && !entry.holders.contains(where: { $0.peer == peer })
            && entry.isOpen(to: worker, ready: ready)
        {
            if entry.preferredWorker == worker || entry.asksForAnother {
                return hold(place, by: peer, now: now)
            }
            let isLeft = gradients && entry.preferredWorker.map(ready.contains) ?? false
            if !isLeft || entry.needsTwoAnswers { other = other ?? place }
        }
        return other.map { hold($0, by: peer, now: now) }
    }

    /// Whether there is anything that some peer could be given: what nobody holds, or has been held for long.
    func hasWork(gradients: Bool, age: Duration, now: Instant) -> Bool {
        entries.contains { entry in
            guard (entry.id.kind == .gradient) == gradients else { return false }
            guard let last = entry.holders.last, entry.holders.count >= entry.wantedHolders else {
                return true
            }
            return now - last.since > age && entry.holders.count < Self.holdersAtMost
        }
    }

    /// Whether anything but gradients was lost with its last holder and is held by nobody.
    var hasLostWork: Bool { entries.contains { $0.id.kind != .gradient && $0.lostSince != nil } }

    /// The oldest lease that another holds for longer than `age`, for a peer that has nothing else to do.
    mutating func takeOver(
        by peer: Peer, worker: Int, gradients: Bool, age: Duration, now: Instant, ready: Set<Int>
    ) -> Entry? {
        var oldest: (place: Int, since: Instant)?
        for (place, entry) in entries.enumerated() where (entry.id.kind == .gradient) == gradients {
            guard let last = entry.holders.last, now - last.since > age,
                entry.holders.count < Self.holdersAtMost,
                !entry.holders.contains(where: { $0.peer == peer }),
                entry.isOpen(to: worker, ready: ready)
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

    /// The peer is busy answering: what it holds was not lost on the way to it.
    mutating func postponeSending(to peer: Peer, now: Instant) {
        for place in entries.indices {
            for holder in entries[place].holders.indices
            where entries[place].holders[holder].peer == peer {
                entries[place].holders[holder].sent = now
            }
        }
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
