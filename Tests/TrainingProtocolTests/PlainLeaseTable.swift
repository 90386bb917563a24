import WireMessages

@testable import TrainingProtocol

/// A lease table as plain as can be, which looks through all work for each question: what the real one must
/// answer.
struct PlainLeaseTable {
    typealias Entry = LeaseTable.Entry
    typealias Answer = LeaseTable.Answer

    private(set) var entries: [Entry] = []
    private static let holdersAtMost = 3

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        entries.sort { $0.id < $1.id }
    }

    mutating func complete(_ id: LeaseID) -> Entry? { index(of: id).map { entries.remove(at: $0) } }

    /// Places anew what nobody holds by all the workers that are there.
    mutating func place(among candidates: [Placement.Candidate]) {
        for place in entries.indices where entries[place].id.kind != .gradient {
            entries[place].preferredWorker =
                candidates.count > 1
                ? PictureOwners(entries[place].work.pictures, among: candidates).worker : nil
        }
    }

    var hasLostWork: Bool { entries.contains { $0.id.kind != .gradient && $0.lostSince != nil } }

    func held(by peer: Peer, gradients: Bool) -> Int {
        entries.count { entry in
            (entry.id.kind == .gradient) == gradients && entry.holders.contains { $0.peer == peer }
        }
    }

    mutating func fail(_ id: LeaseID, by peer: Peer, worker: Int) -> Entry? {
        guard let place = index(of: id), entries[place].holders.contains(where: { $0.peer == peer }) else {
            return nil
        }
        entries[place].holders.removeAll { $0.peer == peer }
        entries[place].failures.append(worker)
        return entries[place]
    }

    mutating func answer(_ id: LeaseID, by peer: Peer, _ answer: Answer) -> Entry? {
        guard let place = index(of: id) else { return nil }
        entries[place].holders.removeAll { $0.peer == peer }
        entries[place].answers.append(answer)
        return entries[place]
    }

    mutating func forgetTries(of worker: Int) {
        for place in entries.indices {
            entries[place].answers.removeAll { $0.worker == worker }
            entries[place].failures.removeAll { $0 == worker }
        }
    }

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

    func hasWork(gradients: Bool, age: Duration, now: Instant) -> Bool {
        entries.contains { entry in
            guard (entry.id.kind == .gradient) == gradients else { return false }
            guard let last = entry.holders.last, entry.holders.count >= entry.wantedHolders else {
                return true
            }
            return now - last.since > age && entry.holders.count < Self.holdersAtMost
        }
    }

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

    mutating func postponeSending(to peer: Peer, now: Instant) {
        for place in entries.indices {
            for holder in entries[place].holders.indices
            where entries[place].holders[holder].peer == peer {
                entries[place].holders[holder].sent = now
            }
        }
    }

    private mutating func hold(_ place: Int, by peer: Peer, now: Instant) -> Entry {
        entries[place].holders.append((peer, now, now))
        defer { entries[place].lostSince = nil }
        return entries[place]
    }

    private func index(of id: LeaseID) -> Int? { entries.firstIndex { $0.id == id } }
}

extension LeaseTable.Entry {
    /// Whether nobody of those that are there has tried it less often.
    fileprivate func isOpen(to worker: Int, ready: Set<Int>) -> Bool {
        let tries = tries(of: worker)
        return ready.allSatisfy { self.tries(of: $0) >= tries }
    }
}
