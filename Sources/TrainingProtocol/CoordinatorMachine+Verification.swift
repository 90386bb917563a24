import ContentAddressing
import WireMessages

/// Answers that were used while other workers still held the same lease, or had disconnected with it; kept to
/// compare their answers with.
struct UsedAnswers: Sendable {
    struct Used: Sendable {
        let entry: LeaseTable.Entry
        let answer: LeaseTable.Answer
        /// Whether a second worker gave the same bytes.
        var isConfirmed: Bool
    }

    private var answers: [LeaseID: Used] = [:]
    private var order: [LeaseID] = []

    private static let kept = 256

    subscript(id: LeaseID) -> Used? { answers[id] }

    mutating func keep(_ used: Used) {
        if answers.updateValue(used, forKey: used.entry.id) == nil { order.append(used.entry.id) }
        if order.count > Self.kept { answers[order.removeFirst()] = nil }
    }

    mutating func confirm(_ id: LeaseID) { answers[id]?.isConfirmed = true }

    mutating func remove(_ id: LeaseID) {
        answers[id] = nil
        order.removeAll { $0 == id }
    }
}

extension CoordinatorMachine {
    /// Whether two workers are to compute a lease. The draw is by chunk for all its leases, so that in the
    /// dense exchange two workers have a chunk's features when its gradient is needed.
    func needsTwoAnswers(_ id: LeaseID) -> Bool {
        guard comparesAnswers, id.kind == .extract || id.kind == .gradient else { return false }
        return Placement.isDrawn(
            configuration.verifiedShare, seed: configuration.session.seed, words: UInt64(id.step),
            UInt64(id.chunk))
    }

    /// Workers with different arithmetic may differ and still be right.
    var comparesAnswers: Bool { !configuration.allowsDifferentArithmetic }

    /// Takes an answer to work that needs two: it counts once another worker has given the same bytes, and a
    /// worker that gave different ones is set apart. A worker that is alone computes the work twice.
    mutating func confirm(_ result: LeaseResult, from peer: Peer, now: Instant) {
        guard let number = workers[peer]?.number,
            result.attempt == leases[result.id]?.tries(of: number)
        else {
            // The answer of an earlier attempt has arrived twice.
            answers.late += 1
            return
        }
        let answer = LeaseTable.Answer(worker: number, digest: result.outcome.digest)
        guard let entry = leases.answer(result.id, by: peer, answer) else { return }
        noteSuccess(of: number, at: entry, now: now)
        let agreeing = Set(entry.answers.filter { $0.digest == answer.digest }.map(\.worker))
        let all = Set(entry.answers.map(\.worker))
        // If the answers differ, the coordinator's own decides, which is on its way.
        if entry.opinion == .asked, entry.isDisputed { return }
        if agreeing.count > 1 {
            settle(entry, result, by: number, against: "those of two workers", now: now)
        } else if isLeftToUs(entry, now) {
            decide(entry)
        } else if entry.answers.contains(where: { $0.worker == number && $0.digest != answer.digest }) {
            answers.differing += 1
            setApart(peer, because: "it answered \(entry.id) twice, with different bytes", now: now)
        } else if all.count == 1, entry.answers.count > 1,
            !ready.hasAny(besides: all.union(entry.unable), now: now)
        {
            // No other worker can confirm it.
            prove(number, entry.id.kind)
            use(result, by: number, now: now)
        }
    }

    /// Uses an answer known to be right, and sets apart the workers that gave another.
    mutating func settle(
        _ entry: LeaseTable.Entry, _ result: LeaseResult, by number: Int, against others: String, now: Instant
    ) {
        let right = result.outcome.digest
        let wrong = Set(entry.answers.filter { $0.digest != right }.map(\.worker))
        for answer in entry.answers where answer.digest == right { prove(answer.worker, entry.id.kind) }
        answers.confirmed += 1
        answers.differing += wrong.count
        use(result, by: number, now: now)
        for peer in peersThatAreThere(of: wrong) {
            setApart(
                peer, because: "its answer to \(entry.id) had other bytes than \(others)", now: now)
        }
    }

    /// Keeps an answer that others may contradict, because they hold the lease, took it away when they left,
    /// or failed it and may have it once more. Checks are compared with the coordinator's own decoder
    /// instead.
    mutating func rememberForComparison(_ entry: LeaseTable.Entry, _ result: LeaseResult, by number: Int) {
        let wasAway = away.remove(entry.id) != nil
        let others = entry.holders.compactMap { workers[$0.peer]?.number } + entry.failures
        guard comparesAnswers, entry.id.kind != .check, wasAway || others.contains(where: { $0 != number })
        else { return }
        let answer = LeaseTable.Answer(worker: number, digest: result.outcome.digest)
        usedAnswers.keep(
            UsedAnswers.Used(
                entry: entry, answer: answer,
                isConfirmed: number == Self.ownNumber || entry.isConfirmed(answer)))
    }

    /// Drops an answer to work that is done, but first compares it with the answer that was used.
    mutating func compareLate(_ result: LeaseResult, from peer: Peer, now: Instant) {
        answers.late += 1
        guard let number = workers[peer]?.number, let used = usedAnswers[result.id],
            used.entry.weights == result.weights, used.answer.worker != number
        else { return }
        let late = LeaseTable.Answer(worker: number, digest: result.outcome.digest)
        if late.digest == used.answer.digest {
            guard isKnown(used.answer.worker) else { return }
            usedAnswers.confirm(result.id)
            answers.confirmed += 1
            for worker in [number, used.answer.worker] { prove(worker, result.id.kind) }
        } else if used.isConfirmed {
            answers.differing += 1
            setApart(
                peer, because: "its answer to \(result.id) had other bytes than those of two workers",
                now: now)
        } else {
            usedAnswers.remove(result.id)
            dispute(used, late)
        }
    }

    /// Whether a worker is remembered. One that isn't would have another number if it came back, and could
    /// confirm its own answer.
    private func isKnown(_ worker: Int) -> Bool { worker == Self.ownNumber || hosts[worker] != nil }

    /// Opens a dispute: two workers differ over an answer that was used, and a third decides who is right.
    /// Until then nothing derived from it is made permanent.
    private mutating func dispute(_ used: UsedAnswers.Used, _ late: LeaseTable.Answer) {
        var entry = used.entry
        entry.holders = []
        entry.lostSince = nil
        entry.needsTwoAnswers = true
        entry.opinion = .notAsked
        entry.used = used.answer
        entry.answers = isKnown(used.answer.worker) ? [used.answer, late] : [late]
        if let step = entry.work.weightsStep, step != position.step || step != publishedStep {
            // The weights it was computed from no longer exist.
            end(undecided(entry))
            return
        }
        let who = "\(nameOfWorker(used.answer.worker)) and \(nameOfWorker(late.worker))"
        actions.append(
            .log(
                .error,
                "\(who) gave different answers to \(entry.id); the work is done again to tell who is right"))
        disputes.insert(entry.id)
        leases.add(entry)
        decide(entry)
    }

    /// Replaces an answer that was used and is wrong, if nothing has been derived from it yet; returns
    /// whether it could.
    mutating func replaceUsed(_ result: LeaseResult, by number: Int) -> Bool {
        let id = result.id
        switch result.outcome {
        case .extracted(let encoded):
            guard id.step > summedStep else { return false }
            recordFeatures(id, encoded: encoded, worker: number)
        case .factorGradient, .denseGradient:
            let isOpen =
                phase == .collecting(step: id.step) || phase == .applying(step: id.step - 1)
                || phase == .settling(step: id.step)
            guard isOpen, let count = training?.outcomes.count, id.chunk < count else { return false }
            training?.outcomes[id.chunk] = result.outcome
        case .evaluated(let scores):
            guard phase == .evaluating(epoch: id.step) else { return false }
            replaceScores(id, scores)
        case .checked, .failed: return false
        }
        actions.append(
            .log(.notice, "the answer to \(id) that proves wrong was not used yet; the right one is"))
        return true
    }

    /// Ends the run over a dispute that the connected workers can't settle after each was asked twice.
    mutating func checkDisputes(_ now: Instant) {
        guard let entry = leases.waitingForAnswers.first(where: isUndecidable) else { return }
        if entry.used != nil { end(undecided(entry)) } else { request(undecided(entry), now) }
    }

    private func isUndecidable(_ entry: LeaseTable.Entry) -> Bool {
        guard entry.opinion != .asked, entry.isDisputed else { return false }
        return peers.allSatisfy { peer in
            workers[peer].map { entry.tries(of: $0.number) >= Self.triesInDispute } ?? true
        }
    }

    private static let triesInDispute = 2

    func undecided(_ entry: LeaseTable.Entry) -> RunEnd {
        let who = Set(entry.answers.map(\.worker)).sorted().map(nameOfWorker).joined(separator: " and ")
        let way =
            entry.used != nil
            ? remedy(for: entry.id) : "the state before it is saved, so --resume goes on from it"
        return .failed(
            reason:
                "\(who) gave different answers to \(entry.id), and no other worker is there to tell who is "
                + "right; one of them computes wrongly: test their memory, or add a third; \(way)")
    }

    /// The end of a run that has used an answer which proved wrong.
    func proofOfWrongAnswer(_ used: LeaseTable.Answer, to id: LeaseID) -> RunEnd {
        .failed(
            reason: "the answer of \(nameOfWorker(used.worker)) to \(id) was used and proves wrong; "
                + "replace that worker; " + remedy(for: id))
    }

    /// How to continue after a wrong answer was used.
    private func remedy(for id: LeaseID) -> String {
        switch id.kind {
        case .extract, .gradient:
            guard let good = saved.last(where: { $0.step <= id.step })?.step, good > 0 else {
                return "begin the run anew"
            }
            return "remove the checkpoints after that of step \(good), then --resume"
        case .check, .evaluate: return "begin the run anew"
        }
    }

    /// Whether a checkpoint contains what was derived from a lease.
    func isContained(_ id: LeaseID, after saved: (step: Int, epochs: Int)) -> Bool {
        switch id.kind {
        case .check: true
        case .extract, .gradient: saved.step > id.step
        case .evaluate: saved.epochs > id.step
        }
    }
}

extension Outcome {
    var digest: ContentDigest {
        var hasher = ContentHasher()
        add(to: &hasher)
        return hasher.finalize()
    }

    /// Hashes the answer's bytes. The first kernel's gradient follows from the rest, so it may be left out.
    func add(to hasher: inout ContentHasher, includesKernel: Bool = true) {
        switch self {
        case .checked(let reasons):
            for reason in reasons { hasher.update(field: reason.map { "unreadable: \($0)" } ?? "readable") }
        case .extracted(let features): for feature in features { hasher.update(feature) }
        case .factorGradient(let gradient):
            hasher.update(gradient.delta)
            hasher.update(gradient.outputDelta)
            hasher.update(gradient.scores)
        case .denseGradient(let kernel, let gradient):
            if includesKernel { hasher.update(kernel) }
            hasher.update(gradient.delta)
            hasher.update(gradient.outputGradient)
            hasher.update(gradient.scores)
        case .evaluated(let scores): hasher.update(scores)
        case .failed(let reason): hasher.update(field: reason)
        }
    }
}

extension ContentHasher {
    fileprivate mutating func update(_ tensor: Tensor) {
        update(bigEndian: UInt64(tensor.bytes.count))
        tensor.bytes.withUnsafeBytes { update($0) }
    }

    fileprivate mutating func update(_ scores: [SampleScore]) {
        for score in scores {
            update(
                bigEndian: UInt64(score.loss.bitPattern) << 32
                    | UInt64(UInt32(truncatingIfNeeded: score.predicted)))
        }
    }
}
