import ContentAddressing
import WireMessages

/// The open work of a run and who holds it. Every piece of work is here from the moment it may be done until
/// its first answer counts; a piece may have several holders, and losing one costs that holder's share only.
///
/// Beside the work itself there are orders and queues of it, so that no message looks at more of it than it
/// is about. What stands in which queue follows from the piece of work alone (`list`), and each change takes
/// it out of all of them and puts it in anew.
struct LeaseTable: Sendable {
    private var entries: [LeaseID: Entry] = [:]
    /// Gradients, and everything else.
    private var lanes = [Lane(), Lane()]
    private var counts: [LeaseKind: Int] = [:]
    /// What each peer holds.
    private var held: [Peer: Held] = [:]
    /// Every holding by the time since when it is one, and by the time when the lease was sent last.
    private var holdings = SortedSet<Holding>()
    private var sent = SortedSet<Holding>()
    /// What waits for more answers.
    private var answered = SortedSet<LeaseID>()
    /// The workers among which work is placed.
    private var candidates: [Placement.Candidate] = []
    /// Peers that hold more or less than when this was asked last.
    private var changedHolders: Set<Peer> = []

    /// The work of one kind of worker's threads.
    private struct Lane: Sendable {
        /// What nobody has and nobody has tried.
        var free = Queue()
        /// That part of it which was lost with its last holder.
        var lost = Queue()
        /// That part of it which two workers are to do.
        var pairs = SortedSet<LeaseID>()
        /// What somebody has or has tried, and somebody else is to do too.
        var asking = SortedSet<LeaseID>()
        /// How much was lost, of both.
        var lostCount = 0
        /// What may have another holder, by the time since when it has its last.
        var takeable = SortedSet<Holding>()
    }

    /// Work by urgency, all of it and by the worker where it was placed.
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
        /// Kept in order; a worker has room for a few.
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

    /// A piece of work has at most this many holders at a time.
    private static let holdersAtMost = 3

    private static func lane(_ gradients: Bool) -> Int { gradients ? 0 : 1 }

    // MARK: What there is

    var isEmpty: Bool { entries.isEmpty }

    func count(of kind: LeaseKind) -> Int { counts[kind, default: 0] }

    /// The open work of this name.
    subscript(id: LeaseID) -> Entry? { entries[id] }

    /// The number of leases a peer holds in the lane of extraction (everything but gradients) or of
    /// gradients.
    func held(by peer: Peer, gradients: Bool) -> Int {
        guard let held = held[peer] else { return 0 }
        return gradients ? held.gradients : held.ids.count - held.gradients
    }

    /// What a peer holds and since when, by urgency.
    func held(by peer: Peer) -> [(id: LeaseID, since: Instant)] {
        (held[peer]?.ids.elements.map { $0 } ?? []).compactMap { id in
            entries[id]?.holders.first { $0.peer == peer }.map { (id, $0.since) }
        }
    }

    /// What waits for more answers, by urgency.
    var waitingForAnswers: [Entry] { answered.elements.compactMap { entries[$0] } }

    /// Whether there is anything that some peer could be given: what nobody holds, or has been held for long.
    func hasWork(gradients: Bool, age: Duration, now: Instant) -> Bool {
        let lane = Self.lane(gradients)
        return !lanes[lane].free.all.isEmpty || !lanes[lane].asking.isEmpty
            || hasTakeable(gradients: gradients, age: age, now: now)
    }

    /// Whether there is something that an idle peer could take over.
    func hasTakeable(gradients: Bool, age: Duration, now: Instant) -> Bool {
        lanes[Self.lane(gradients)].takeable.first.map { now - $0.time > age } ?? false
    }

    /// Whether anything but gradients was lost with its last holder and is held by nobody.
    var hasLostWork: Bool { lanes[Self.lane(false)].lostCount > 0 }

    /// Whether there is work that is left to no worker in particular.
    func hasWorkForAnyone(gradients: Bool, lost: Bool, now: Instant, ready: ReadyWorkers) -> Bool {
        if lost { return hasLostWork }
        let lane = Self.lane(gradients)
        if !lanes[lane].asking.isEmpty { return true }
        return gradients
            ? firstGradientForAnyone(now: now, ready: ready) != nil : !lanes[lane].free.all.isEmpty
    }

    /// The workers, by number, that gradients are left to.
    var workersWithGradients: [Int] { lanes[Self.lane(true)].free.byWorker.keys.compactMap { $0 } }

    /// What has been held longest of a kind, or of the leases that are named, for explaining a wait.
    func oldestHeld(of kind: LeaseKind) -> (id: LeaseID, peer: Peer, since: Instant)? {
        holdings.elements.first { $0.id.kind == kind }.map { ($0.id, $0.peer, $0.time) }
    }

    func oldestHeld(among ids: [LeaseID]) -> (id: LeaseID, peer: Peer, since: Instant)? {
        let all = ids.flatMap { id in (entries[id]?.holders ?? []).map { (id, $0.peer, $0.since) } }
        return all.min { $0.2 < $1.2 }
    }

    /// Whether anybody holds anything.
    var isHeld: Bool { !holdings.isEmpty }

    /// Peers that hold more or less than when this was asked last.
    mutating func takeChangedHolders() -> Set<Peer> {
        defer { changedHolders = [] }
        return changedHolders
    }

    // MARK: Work comes and goes

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

    /// Takes the work off the table; `nil` if it was answered before or never asked.
    mutating func complete(_ id: LeaseID) -> Entry? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        counts[id.kind, default: 0] -= 1
        list(entry, false)
        return entry
    }

    /// Work is placed among one more worker from now on; what is the new one's moves to it.
    mutating func place(among candidate: Placement.Candidate) {
        candidates.append(candidate)
        move { $0.add(candidate) }
    }

    /// A worker is there no more; what was placed there moves to the others.
    mutating func place(without worker: Int) {
        candidates.removeAll { $0.number == worker }
        let others = candidates
        move { $0.remove(worker, others: others) }
    }

    /// Where work is placed; where one worker is alone, nothing is more its own than the rest.
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

    /// Records a failed try and frees the lease; `nil` if the peer does not hold it.
    mutating func fail(_ id: LeaseID, by peer: Peer, worker: Int) -> Entry? {
        guard entries[id]?.isHeld(by: peer) == true else { return nil }
        return change(id) { entry in
            entry.holders.removeAll { $0.peer == peer }
            entry.failures.append(worker)
        }
    }

    /// Records an answer that must be confirmed, and frees the lease; the work with all its answers.
    mutating func answer(_ id: LeaseID, by peer: Peer, _ answer: Answer) -> Entry? {
        change(id) { entry in
            entry.holders.removeAll { $0.peer == peer }
            entry.needsTwoAnswers = true
            entry.answers.append(answer)
        }
    }

    /// Has another worker do what somebody who holds it does for the first time.
    mutating func askForProof(_ id: LeaseID) { change(id) { $0.provesWorker = true } }

    /// Nobody who has done it does it again while the coordinator does.
    mutating func note(_ id: LeaseID, opinion: Opinion) { change(id) { $0.opinion = opinion } }

    /// Counts a worker's answers for nothing.
    mutating func forgetAnswers(of worker: Int) {
        for entry in waitingForAnswers { change(entry.id) { $0.answers.removeAll { $0.worker == worker } } }
    }

    /// Frees all that a peer holds; returns what nobody holds now.
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

    // MARK: Work is given

    /// The next piece of work for a peer, which holds it from now on: the most urgent of its own and of what
    /// asks for another worker, else the most urgent of all that nobody holds. Gradients are left to the
    /// worker that has their features.
    ///
    /// - Parameters:
    ///   - lost: only what was lost with its last holder.
    ///   - ready: the workers that are there to do something.
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

    /// The most urgent free gradient that is left to nobody in particular.
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

    /// The oldest lease that another holds for longer than `age`, for a peer that has nothing else to do.
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

    /// The entry as it is held, with the time when it was lost, if it was.
    private mutating func hold(_ id: LeaseID, by peer: Peer, now: Instant) -> Entry? {
        let lostSince = entries[id]?.lostSince
        var entry = change(id) { entry in
            entry.holders.append((peer, now, now))
            entry.lostSince = nil
        }
        entry?.lostSince = lostSince
        return entry
    }

    /// Leases that were sent to a holder longer than `age` ago, to be sent to it again.
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

    /// The peer is busy answering: what it holds was not lost on the way to it.
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

    /// Time has passed that counts for nobody: what is held is no older for it.
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

    // MARK: The queues

    /// Changes a piece of work and its places in the queues; as it is then.
    @discardableResult
    private mutating func change(_ id: LeaseID, _ body: (inout Entry) -> Void) -> Entry? {
        guard var entry = entries[id] else { return nil }
        list(entry, false)
        body(&entry)
        entries[id] = entry
        list(entry, true)
        return entry
    }

    /// Puts a piece of work into the queues where it belongs as it is, or takes it out of them.
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
