import ContentAddressing
import WireMessages

/// The open work of a run and its holders. A piece of work is listed from the moment it may be done until its
/// first answer counts. It may have several holders; losing one affects only that holder.
///
/// The work is also kept in ordered sets and queues, so that handling a message touches only the work it
/// concerns. The queues that an entry is in follow from the entry alone (`list`); each change removes it from
/// all of them and inserts it again.
struct LeaseTable: Sendable {
    private var entries: [LeaseID: Entry] = [:]
    /// Gradients, and everything else.
    private var lanes = [Lane(), Lane()]
    private var counts: [LeaseKind: Int] = [:]
    private var held: [Peer: Held] = [:]
    /// Every holding, ordered by when it began, and by when the lease was last sent.
    private var holdings = SortedSet<Holding>()
    private var sent = SortedSet<Holding>()
    /// Work that waits for more answers.
    private var answered = SortedSet<LeaseID>()
    /// The workers among which work is placed.
    private var candidates: [Placement.Candidate] = []
    /// Peers that hold more or less than at the last `takeChangedHolders`.
    private var changedHolders: Set<Peer> = []

    /// The work of one lane: gradients, or everything else.
    private struct Lane: Sendable {
        /// Work that no worker holds or has tried.
        var free = Queue()
        /// The part of `free` that was lost with its last holder.
        var lost = Queue()
        /// The part of `free` that two workers are to do.
        var pairs = SortedSet<LeaseID>()
        /// Work that a worker holds or has tried and another is to do too.
        var asking = SortedSet<LeaseID>()
        /// The number of lost leases in `free` and `asking`.
        var lostCount = 0
        /// Work that may get another holder, ordered by when its latest holding began.
        var takeable = SortedSet<Holding>()
    }

    /// Work by urgency: all of it, and by the worker it is placed at.
    private struct Queue: Sendable {
        var all = SortedSet<LeaseID>()
        var byWorker: [Int?: SortedSet<LeaseID>] = [:]

        mutating func set(_ id: LeaseID, at worker: Int?, _ isIn: Bool) {
            all.set(id, isIn)
            byWorker[worker, default: SortedSet()].set(id, isIn)
            if byWorker[worker]?.isEmpty == true { byWorker[worker] = nil }
        }
    }

    private struct Held: Sendable {
        /// By urgency; a worker has room for only a few.
        var ids = SortedSet<LeaseID>()
        var gradients = 0
    }

    private struct Holding: Sendable, Comparable {
        let time: Instant
        let id: LeaseID
        let peer: Peer

        static func < (left: Holding, right: Holding) -> Bool {
            if left.time != right.time { return left.time < right.time }
            return left.id != right.id ? left.id < right.id : left.peer < right.peer
        }
    }

    private static let holdersAtMost = 3

    private static func lane(_ gradients: Bool) -> Int { gradients ? 0 : 1 }

    // MARK: Queries

    var isEmpty: Bool { entries.isEmpty }

    func count(of kind: LeaseKind) -> Int { counts[kind, default: 0] }

    subscript(id: LeaseID) -> Entry? { entries[id] }

    /// The number of leases that a peer holds: gradients, or everything else.
    func held(by peer: Peer, gradients: Bool) -> Int {
        guard let held = held[peer] else { return 0 }
        return gradients ? held.gradients : held.ids.count - held.gradients
    }

    /// The leases that a peer holds and since when, by urgency.
    func held(by peer: Peer) -> [(id: LeaseID, since: Instant)] {
        (held[peer]?.ids.elements.map { $0 } ?? []).compactMap { id in
            entries[id]?.holders.first { $0.peer == peer }.map { (id, $0.since) }
        }
    }

    /// Work that waits for more answers, by urgency.
    var waitingForAnswers: [Entry] { answered.elements.compactMap { entries[$0] } }

    /// Whether a peer could be given work: free, wanted from another worker too, or held longer than `age`.
    func hasWork(gradients: Bool, age: Duration, now: Instant) -> Bool {
        let lane = Self.lane(gradients)
        return !lanes[lane].free.all.isEmpty || !lanes[lane].asking.isEmpty
            || hasTakeable(gradients: gradients, age: age, now: now)
    }

    /// Whether there is work that an idle peer could take over.
    func hasTakeable(gradients: Bool, age: Duration, now: Instant) -> Bool {
        lanes[Self.lane(gradients)].takeable.first.map { now - $0.time > age } ?? false
    }

    /// Whether anything but gradients was lost with its last holder and is held by nobody.
    var hasLostWork: Bool { lanes[Self.lane(false)].lostCount > 0 }

    /// Whether there is work that isn't reserved for a particular worker.
    func hasWorkForAnyone(gradients: Bool, lost: Bool, now: Instant, ready: ReadyWorkers) -> Bool {
        if lost { return hasLostWork }
        let lane = Self.lane(gradients)
        if !lanes[lane].asking.isEmpty { return true }
        return gradients
            ? firstGradientForAnyone(now: now, ready: ready) != nil : !lanes[lane].free.all.isEmpty
    }

    /// The numbers of the workers that gradients are reserved for.
    var workersWithGradients: [Int] { lanes[Self.lane(true)].free.byWorker.keys.compactMap { $0 } }

    /// The lease of a kind, or among the given ones, that has been held longest; explains a wait.
    func oldestHeld(of kind: LeaseKind) -> (id: LeaseID, peer: Peer, since: Instant)? {
        holdings.elements.first { $0.id.kind == kind }.map { ($0.id, $0.peer, $0.time) }
    }

    func oldestHeld(among ids: [LeaseID]) -> (id: LeaseID, peer: Peer, since: Instant)? {
        let all = ids.flatMap { id in (entries[id]?.holders ?? []).map { (id, $0.peer, $0.since) } }
        return all.min { $0.2 < $1.2 }
    }

    var isHeld: Bool { !holdings.isEmpty }

    /// Returns the peers that hold more or less than at the last call.
    mutating func takeChangedHolders() -> Set<Peer> {
        defer { changedHolders = [] }
        return changedHolders
    }

    // MARK: Adding, completing and releasing work

    mutating func add(_ entry: Entry) {
        var entry = entry
        _ = complete(entry.id)
        if entry.id.kind != .gradient {
            entry.owners = PictureOwners(entry.work.pictures, among: candidates)
            if !entry.owners.isEmpty { entry.preferredWorker = place(of: entry.owners) }
        }
        entries[entry.id] = entry
        counts[entry.id.kind, default: 0] += 1
        list(entry, true)
    }

    /// Removes the work; `nil` if it was answered before or never leased.
    mutating func complete(_ id: LeaseID) -> Entry? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        counts[id.kind, default: 0] -= 1
        list(entry, false)
        return entry
    }

    /// Adds a worker to those that work is placed among, and moves its share to it.
    mutating func place(among candidate: Placement.Candidate) {
        candidates.append(candidate)
        move { $0.add(candidate) }
    }

    /// Removes a worker from those that work is placed among, and moves its share to the others.
    mutating func place(without worker: Int) {
        candidates.removeAll { $0.number == worker }
        let others = candidates
        move { $0.remove(worker, others: others) }
    }

    /// Where work is placed; a single worker has no work of its own.
    private func place(of owners: PictureOwners) -> Int? { candidates.count > 1 ? owners.worker : nil }

    private mutating func move(_ change: (inout PictureOwners) -> Bool) {
        var moved: [(id: LeaseID, owners: PictureOwners)] = []
        for (id, entry) in entries where !entry.owners.isEmpty {
            var owners = entry.owners
            if change(&owners) || candidates.count <= 2 { moved.append((id, owners)) }
        }
        for (id, owners) in moved {
            let place = place(of: owners)
            self.change(id) { entry in
                entry.owners = owners
                entry.preferredWorker = place
            }
        }
    }

    /// Records a failure and frees the lease; `nil` if the peer does not hold it.
    mutating func fail(_ id: LeaseID, by peer: Peer, worker: Int) -> Entry? {
        guard entries[id]?.isHeld(by: peer) == true else { return nil }
        return change(id) { entry in
            entry.holders.removeAll { $0.peer == peer }
            entry.failures.append(worker)
        }
    }

    /// Records an answer that must be confirmed, and frees the lease; returns the work with all its answers.
    mutating func answer(_ id: LeaseID, by peer: Peer, _ answer: Answer) -> Entry? {
        change(id) { entry in
            entry.holders.removeAll { $0.peer == peer }
            entry.needsTwoAnswers = true
            entry.answers.append(answer)
        }
    }

    /// Has another worker do the same work, because a holder must prove itself.
    mutating func askForProof(_ id: LeaseID) { change(id) { $0.provesWorker = true } }

    /// Notes the state of the coordinator's own attempt, during which no worker tries again.
    mutating func note(_ id: LeaseID, opinion: Opinion) { change(id) { $0.opinion = opinion } }

    /// Ignores a worker's answers and failures.
    mutating func forgetTries(of worker: Int) {
        for entry in entries.values where entry.tries(of: worker) > 0 {
            change(entry.id) { entry in
                entry.answers.removeAll { $0.worker == worker }
                entry.failures.removeAll { $0 == worker }
            }
        }
    }

    /// Frees everything that a peer holds; returns the work that nobody holds any more.
    mutating func release(_ peer: Peer, now: Instant) -> [LeaseID] {
        var freed: [LeaseID] = []
        for (id, _) in held(by: peer) {
            change(id) { entry in
                entry.holders.removeAll { $0.peer == peer }
                guard entry.holders.isEmpty else { return }
                freed.append(id)
                entry.lostSince = now
            }
        }
        return freed
    }

    // MARK: Granting work

    /// Gives a peer its next piece of work: the most urgent of its own work and the work that wants another
    /// worker, otherwise the most urgent of all free work. Gradients are reserved for the worker that has
    /// their features, as long as it is ready.
    ///
    /// - Parameters:
    ///   - lost: only work that was lost with its last holder.
    ///   - ready: the workers that can be expected to do their work.
    mutating func grant(
        to peer: Peer, worker: Int, gradients: Bool, lost: Bool, now: Instant, ready: ReadyWorkers
    ) -> Entry? {
        next(for: peer, worker: worker, gradients: gradients, lost: lost, now: now, ready: ready)
            .flatMap { hold($0, by: peer, now: now) }
    }

    private func next(
        for peer: Peer, worker: Int, gradients: Bool, lost: Bool, now: Instant, ready: ReadyWorkers
    ) -> LeaseID? {
        let lane = Self.lane(gradients)
        let own = (lost ? lanes[lane].lost : lanes[lane].free).byWorker[worker]?.first
        for id in lanes[lane].asking.elements {
            if let own, own < id { break }
            guard let entry = entries[id], !lost || entry.lostSince != nil, !entry.isHeld(by: peer),
                entry.isOpen(to: worker, now: now, ready: ready)
            else { continue }
            return id
        }
        if let own { return own }
        if lost { return lanes[lane].lost.all.first }
        return gradients ? firstGradientForAnyone(now: now, ready: ready) : lanes[lane].free.all.first
    }

    /// The most urgent free gradient that isn't reserved for a ready worker.
    private func firstGradientForAnyone(now: Instant, ready: ReadyWorkers) -> LeaseID? {
        let lane = Self.lane(true)
        var first = lanes[lane].pairs.first
        for (worker, queue) in lanes[lane].free.byWorker {
            if let worker, ready.contains(worker, gradients: true, now: now) { continue }
            guard let id = queue.first else { continue }
            first = first.map { min($0, id) } ?? id
        }
        return first
    }

    /// Gives an idle peer the work that another has held longest, if that is longer than `age`.
    mutating func takeOver(
        by peer: Peer, worker: Int, gradients: Bool, age: Duration, now: Instant, ready: ReadyWorkers
    ) -> Entry? {
        var oldest: LeaseID?
        for holding in lanes[Self.lane(gradients)].takeable.elements {
            guard now - holding.time > age else { break }
            guard let entry = entries[holding.id], !entry.isHeld(by: peer),
                entry.isOpen(to: worker, now: now, ready: ready)
            else { continue }
            oldest = holding.id
            break
        }
        return oldest.flatMap { hold($0, by: peer, now: now) }
    }

    /// Adds a holder; returns the entry with the time when it was lost, if it was.
    private mutating func hold(_ id: LeaseID, by peer: Peer, now: Instant) -> Entry? {
        let lostSince = entries[id]?.lostSince
        var entry = change(id) { entry in
            entry.holders.append((peer, now, now))
            entry.lostSince = nil
        }
        entry?.lostSince = lostSince
        return entry
    }

    /// Leases that were last sent to a holder longer than `age` ago and are to be sent again.
    mutating func overdue(age: Duration, now: Instant) -> [(entry: Entry, peer: Peer)] {
        var overdue: [(entry: Entry, place: Int)] = []
        for holding in sent.elements {
            guard now - holding.time > age else { break }
            guard let entry = entries[holding.id], let place = entry.place(of: holding.peer) else { continue }
            overdue.append((entry, place))
        }
        overdue.sort { ($0.entry.id, $0.place) < ($1.entry.id, $1.place) }
        return overdue.map { entry, place in
            let peer = entry.holders[place].peer
            note(sent: now, entry.id, to: peer)
            return (entry, peer)
        }
    }

    /// Notes that the peer is sending an answer, so the leases it holds were not lost on the way to it.
    mutating func postponeSending(to peer: Peer, now: Instant) {
        for (id, _) in held(by: peer) { note(sent: now, id, to: peer) }
    }

    private mutating func note(sent time: Instant, _ id: LeaseID, to peer: Peer) {
        guard let place = entries[id]?.place(of: peer), let last = entries[id]?.holders[place].sent else {
            return
        }
        sent.remove(Holding(time: last, id: id, peer: peer))
        entries[id]?.holders[place].sent = time
        sent.insert(Holding(time: time, id: id, peer: peer))
    }

    /// Discounts time that counts against nobody: no holding gets older by it.
    mutating func forgive(_ duration: Duration, now: Instant) {
        for id in Set(holdings.elements.map(\.id)) {
            change(id) { entry in
                for place in entry.holders.indices {
                    entry.holders[place].since = min(entry.holders[place].since + duration, now)
                    entry.holders[place].sent = min(entry.holders[place].sent + duration, now)
                }
            }
        }
    }

    // MARK: Queues

    /// Changes a piece of work and moves it to the right queues; returns it as changed.
    @discardableResult
    private mutating func change(_ id: LeaseID, _ body: (inout Entry) -> Void) -> Entry? {
        guard var entry = entries[id] else { return nil }
        list(entry, false)
        body(&entry)
        entries[id] = entry
        list(entry, true)
        return entry
    }

    /// Adds a piece of work to the queues it belongs to in its current state, or removes it from them.
    private mutating func list(_ entry: Entry, _ isIn: Bool) {
        let id = entry.id
        let lane = Self.lane(id.kind == .gradient)
        if entry.holders.count < entry.wantedHolders {
            let isLost = entry.lostSince != nil
            if isLost { lanes[lane].lostCount += isIn ? 1 : -1 }
            if entry.asksForAnother {
                lanes[lane].asking.set(id, isIn)
            } else {
                lanes[lane].free.set(id, at: entry.preferredWorker, isIn)
                if isLost { lanes[lane].lost.set(id, at: entry.preferredWorker, isIn) }
                if entry.needsTwoAnswers { lanes[lane].pairs.set(id, isIn) }
            }
        }
        if let last = entry.holders.last, entry.holders.count < Self.holdersAtMost {
            lanes[lane].takeable.set(Holding(time: last.since, id: id, peer: last.peer), isIn)
        }
        for holder in entry.holders {
            holdings.set(Holding(time: holder.since, id: id, peer: holder.peer), isIn)
            sent.set(Holding(time: holder.sent, id: id, peer: holder.peer), isIn)
            held[holder.peer, default: Held()].ids.set(id, isIn)
            if id.kind == .gradient { held[holder.peer]?.gradients += isIn ? 1 : -1 }
            if held[holder.peer]?.ids.isEmpty == true { held[holder.peer] = nil }
            changedHolders.insert(holder.peer)
        }
        if !entry.answers.isEmpty { answered.set(id, isIn) }
    }
}
