import WireMessages

/// The coordinator's own opinion: it can do each lease itself, and does where two workers differ, where so
/// many have failed that the run would end, and where a worker shows for the first time what it can and
/// nobody else is there to compare it with. However many workers one host poses as, they outvote nobody.
extension CoordinatorMachine {
    /// Whether a worker has yet to give an answer of this kind that proves right.
    func mustProve(_ worker: Int, _ kind: LeaseKind) -> Bool {
        // What a picture's check says is decoded here where it matters.
        guard configuration.provesWorkers, comparesAnswers, kind != .check else { return false }
        return !(proved[worker]?.contains(kind) ?? false)
    }

    mutating func prove(_ worker: Int, _ kind: LeaseKind) {
        guard configuration.provesWorkers, hosts[worker] != nil else { return }
        proved[worker, default: []].insert(kind)
        if let peer = peerOfNumber[worker] { changedWorkers.insert(peer) }
    }

    /// What workers that are there have proved, by their own names.
    var provedNames: [String: [UInt8]] {
        let all = peers.compactMap { workers[$0] }.compactMap { worker in
            proved[worker.number].map { (worker.hello.workerID, $0.map(\.rawValue).sorted()) }
        }
        return Dictionary(all) { $1 }
    }

    /// A worker that comes back to a coordinator that has taken over need not prove itself anew.
    mutating func recall(_ number: Int, _ hello: Hello) {
        guard let kinds = position.proved?[hello.workerID], proved[number] == nil else { return }
        proved[number] = Set(kinds.compactMap(LeaseKind.init))
    }

    /// The leases of a lane that a worker may have at a time while it has something to prove there: none
    /// while it waits for the coordinator's opinion.
    func roomForProof(of worker: Int, gradients: Bool) -> Int? {
        let kinds = gradients ? [LeaseKind.gradient] : [.extract, .evaluate]
        guard kinds.contains(where: { leases.count(of: $0) > 0 && mustProve(worker, $0) }) else { return nil }
        let isAwaited = leases.waitingForAnswers.contains { entry in
            entry.opinion == .asked && (entry.id.kind == .gradient) == gradients
                && entry.answers.contains { $0.worker == worker }
        }
        return isAwaited ? 0 : 1
    }

    /// Whether the coordinator may be asked what it says to a lease.
    func canDecide(_ entry: LeaseTable.Entry) -> Bool {
        configuration.provesWorkers && entry.opinion == .notAsked
    }

    /// Whether an answer waits for another that no worker is there to give, or two answers differ.
    func isLeftToUs(_ entry: LeaseTable.Entry, _ now: Instant) -> Bool {
        guard canDecide(entry) else { return false }
        if entry.isDisputed { return true }
        guard entry.answers.contains(where: { mustProve($0.worker, entry.id.kind) }) else { return false }
        let tried = Set(entry.answers.map(\.worker)).union(entry.failures)
        return !ready.hasAny(besides: tried, gradients: entry.id.kind == .gradient, now: now)
    }

    /// Has a lease done here.
    mutating func decide(_ entry: LeaseTable.Entry) {
        guard canDecide(entry) else { return }
        note(entry, opinion: .asked)
        actions.append(
            .decide(
                Lease(
                    id: entry.id, run: configuration.run, weights: entry.weights, attempt: 0, work: entry.work
                )))
    }

    /// Those who wait for the opinion have other room than before.
    private mutating func note(_ entry: LeaseTable.Entry, opinion: LeaseTable.Opinion) {
        leases.note(entry.id, opinion: opinion)
        changedWorkers.formUnion(peersThatAreThere(of: entry.answers.map(\.worker)))
    }

    /// Takes the own answer: whoever gave another is wrong.
    mutating func takeOwn(_ result: LeaseResult, now: Instant) {
        guard !hasEnded, let entry = leases[result.id], entry.opinion == .asked,
            entry.weights == result.weights
        else { return }
        if case .failed(let reason) = result.outcome {
            // As without an opinion: the workers must find out among themselves.
            note(entry, opinion: .none)
            actions.append(.log(.warning, "\(result.id) can't be done here to see who is right: \(reason)"))
            if isHopeless(entry) { endOverFailures(entry, "\(reason), and so it was here", now) }
            return
        }
        noteSuccess(of: Self.ownNumber, at: entry, now: now)
        settle(entry, result, by: Self.ownNumber, against: "the coordinator's own", now: now)
    }

    /// The coordinator among the workers, whose numbers begin with 1.
    package static let ownNumber = 0
}
