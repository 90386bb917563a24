import WireMessages

/// The coordinator's own opinion. It can compute each lease itself, and does so if two workers differ, if so
/// many have failed a lease that the run would end, or if a worker must prove itself and no other is there to
/// compare it with. So several workers on one host can't outvote an honest one.
extension CoordinatorMachine {
    /// Whether the worker has yet to give an answer of this kind that proves right.
    func mustProve(_ worker: Int, _ kind: LeaseKind) -> Bool {
        // Checks are verified by decoding the pictures here where it matters.
        guard configuration.provesWorkers, comparesAnswers, kind != .check else { return false }
        return !(proved[worker]?.contains(kind) ?? false)
    }

    mutating func prove(_ worker: Int, _ kind: LeaseKind) {
        guard configuration.provesWorkers, hosts[worker] != nil else { return }
        proved[worker, default: []].insert(kind)
        if let peer = peerOfNumber[worker] { changedWorkers.insert(peer) }
    }

    /// The kinds of lease that connected workers have proved themselves in, by worker ID.
    var provedNames: [String: [UInt8]] {
        let all = peers.compactMap { workers[$0] }.compactMap { worker in
            proved[worker.number].map { (worker.hello.workerID, $0.map(\.rawValue).sorted()) }
        }
        return Dictionary(all) { $1 }
    }

    /// Restores what a worker has proved, so that it need not prove itself again to a coordinator that has
    /// taken over.
    mutating func recall(_ number: Int, _ hello: Hello) {
        guard let kinds = position.proved?[hello.workerID], proved[number] == nil else { return }
        proved[number] = Set(kinds.compactMap(LeaseKind.init))
    }

    /// The number of leases of a lane that a worker may have at a time while it must prove itself there: 1,
    /// or 0 while it waits for the coordinator's opinion; `nil` for no such limit.
    func roomForProof(of worker: Int, gradients: Bool) -> Int? {
        let kinds = gradients ? [LeaseKind.gradient] : [.extract, .evaluate]
        guard kinds.contains(where: { leases.count(of: $0) > 0 && mustProve(worker, $0) }) else { return nil }
        let isAwaited = leases.waitingForAnswers.contains { entry in
            entry.opinion == .asked && (entry.id.kind == .gradient) == gradients
                && entry.answers.contains { $0.worker == worker }
        }
        return isAwaited ? 0 : 1
    }

    /// Whether the coordinator may still compute the lease itself.
    func canDecide(_ entry: LeaseTable.Entry) -> Bool {
        configuration.provesWorkers && entry.opinion == .notAsked
    }

    /// Whether two answers differ, or an answer waits for another that no connected worker can give.
    func isLeftToUs(_ entry: LeaseTable.Entry, _ now: Instant) -> Bool {
        guard canDecide(entry) else { return false }
        if entry.isDisputed { return true }
        guard entry.answers.contains(where: { mustProve($0.worker, entry.id.kind) }) else { return false }
        let tried = Set(entry.answers.map(\.worker)).union(entry.failures)
        return !ready.hasAny(besides: tried, gradients: entry.id.kind == .gradient, now: now)
    }

    /// Has the lease computed here.
    mutating func decide(_ entry: LeaseTable.Entry) {
        guard canDecide(entry) else { return }
        note(entry, opinion: .asked)
        actions.append(
            .decide(
                Lease(
                    id: entry.id, run: configuration.run, weights: entry.weights, attempt: 0, work: entry.work
                )))
    }

    /// Notes the opinion, which changes the room of the workers that wait for it.
    private mutating func note(_ entry: LeaseTable.Entry, opinion: LeaseTable.Opinion) {
        leases.note(entry.id, opinion: opinion)
        changedWorkers.formUnion(peersThatAreThere(of: entry.answers.map(\.worker)))
    }

    /// Takes the coordinator's own answer; workers that gave another are wrong.
    mutating func takeOwn(_ result: LeaseResult, now: Instant) {
        guard !hasEnded, let entry = leases[result.id], entry.opinion == .asked,
            entry.weights == result.weights
        else { return }
        if case .failed(let reason) = result.outcome {
            // Without an opinion, the workers' answers must decide.
            note(entry, opinion: .none)
            actions.append(.log(.warning, "\(result.id) can't be done here to see who is right: \(reason)"))
            if isHopeless(entry) { endOverFailures(entry, "\(reason), and so it was here", now) }
            return
        }
        noteSuccess(of: Self.ownNumber, at: entry, now: now)
        settle(entry, result, by: Self.ownNumber, against: "the coordinator's own", now: now)
    }

    /// The coordinator's number among the workers, whose numbers begin at 1.
    package static let ownNumber = 0
}
