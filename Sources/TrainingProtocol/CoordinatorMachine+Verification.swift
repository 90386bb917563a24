import ContentAddressing
import WireMessages

/// An answer that was used while others still worked on the same lease, kept to compare theirs with it.
struct UsedAnswer: Sendable {
    let entry: LeaseTable.Entry
    let answer: LeaseTable.Answer
    /// A second worker gave the same bytes.
    var isConfirmed: Bool
}

extension CoordinatorMachine {
    /// Used answers that are kept for comparison.
    private static let usedAnswersKept = 64

    /// Whether a lease is computed by two workers on purpose. A chunk is drawn for all its leases, so that in
    /// the dense form two workers have its features when its gradient is asked for.
    func needsTwoAnswers(_ id: LeaseID) -> Bool {
        guard comparesAnswers, id.kind == .extract || id.kind == .gradient else { return false }
        return Placement.isDrawn(
            configuration.verifiedShare, seed: configuration.session.seed, words: UInt64(id.step),
            UInt64(id.chunk))
    }

    /// Workers with other arithmetic may differ and be right.
    private var comparesAnswers: Bool { !configuration.allowsDifferentArithmetic }

    /// Takes an answer to work that needs two: it counts when another worker has given the same bytes. Who
    /// gave others is set apart. A worker that is alone gives both.
    mutating func confirm(_ result: LeaseResult, from peer: Peer, now: Instant) {
        guard let number = workers[peer]?.number,
            result.attempt == leases[result.id]?.tries(of: number)
        else {
            // The answer of an earlier try has arrived twice.
            answers.late += 1
            return
        }
        let answer = LeaseTable.Answer(worker: number, digest: result.outcome.digest)
        guard let entry = leases.answer(result.id, by: peer, answer) else { return }
        noteSuccess(of: number, at: entry, now: now)
        let agreeing = Set(entry.answers.filter { $0.digest == answer.digest }.map(\.worker))
        let all = Set(entry.answers.map(\.worker))
        if agreeing.count > 1 {
            settle(entry, result, by: number, now: now)
        } else if entry.answers.contains(where: { $0.worker == number && $0.digest != answer.digest }) {
            answers.differing += 1
            setApart(peer, because: "it answered \(entry.id) twice, with different bytes", now: now)
        } else if all.count == 1, entry.answers.count > 1, !ready.hasAny(besides: all, now: now) {
            use(result, by: number, now: now)
        }
    }

    /// Two workers agree: their answer counts, and whoever gave another is set apart.
    private mutating func settle(
        _ entry: LeaseTable.Entry, _ result: LeaseResult, by number: Int, now: Instant
    ) {
        let right = result.outcome.digest
        let wrong = Set(entry.answers.filter { $0.digest != right }.map(\.worker))
        answers.confirmed += 1
        answers.differing += wrong.count
        use(result, by: number, now: now)
        for peer in peersThatAreThere(of: wrong) {
            setApart(
                peer, because: "its answer to \(entry.id) had other bytes than those of two workers", now: now
            )
        }
    }

    /// Keeps what others that still hold the lease may contradict.
    mutating func rememberForComparison(_ entry: LeaseTable.Entry, _ result: LeaseResult, by number: Int) {
        guard comparesAnswers, entry.holders.contains(where: { workers[$0.peer]?.number != number }) else {
            return
        }
        let answer = LeaseTable.Answer(worker: number, digest: result.outcome.digest)
        usedAnswers.append(UsedAnswer(entry: entry, answer: answer, isConfirmed: entry.needsTwoAnswers))
        if usedAnswers.count > Self.usedAnswersKept { usedAnswers.removeFirst() }
    }

    /// An answer to work that is done: dropped, but not without a look whether it says the same.
    mutating func compareLate(_ result: LeaseResult, from peer: Peer, now: Instant) {
        answers.late += 1
        guard let number = workers[peer]?.number,
            let place = usedAnswers.firstIndex(where: {
                $0.entry.id == result.id && $0.entry.weights == result.weights
            }), usedAnswers[place].answer.worker != number
        else { return }
        let used = usedAnswers[place]
        let late = LeaseTable.Answer(worker: number, digest: result.outcome.digest)
        if late.digest == used.answer.digest {
            usedAnswers[place].isConfirmed = true
            answers.confirmed += 1
        } else if used.isConfirmed {
            answers.differing += 1
            setApart(
                peer, because: "its answer to \(result.id) had other bytes than those of two workers",
                now: now)
        } else {
            usedAnswers.remove(at: place)
            dispute(used, late)
        }
    }

    /// Two workers differ over an answer that was used: a third finds who is right.
    private mutating func dispute(_ used: UsedAnswer, _ late: LeaseTable.Answer) {
        var entry = used.entry
        entry.holders = []
        entry.needsTwoAnswers = true
        entry.used = used.answer
        entry.answers = [used.answer, late]
        if let step = entry.work.weightsStep, step != position.step {
            // Nobody has the weights any more that it was computed from.
            end(undecided(entry))
            return
        }
        let who = "\(nameOfWorker(used.answer.worker)) and \(nameOfWorker(late.worker))"
        actions.append(
            .log(
                .error,
                "\(who) gave different answers to \(entry.id); the work is done again to tell who is right"))
        leases.add(entry)
    }

    /// Ends the run over a difference that those who are there can't settle, each having been asked twice.
    mutating func checkDisputes(_ now: Instant) {
        guard let entry = leases.waitingForAnswers.first(where: isUndecidable) else { return }
        if entry.used != nil { end(undecided(entry)) } else { request(undecided(entry), now) }
    }

    private func isUndecidable(_ entry: LeaseTable.Entry) -> Bool {
        guard entry.answers.count > 1, Set(entry.answers.map(\.digest)).count > 1 else { return false }
        return peers.allSatisfy { peer in
            workers[peer].map { entry.tries(of: $0.number) >= Self.triesInDispute } ?? true
        }
    }

    private static let triesInDispute = 2

    private func undecided(_ entry: LeaseTable.Entry) -> RunEnd {
        let who = Set(entry.answers.map(\.worker)).sorted().map(nameOfWorker).joined(separator: " and ")
        let way =
            entry.used != nil
            ? remedy(for: entry.id) : "the state before it is saved, so --resume goes on from it"
        return .failed(
            reason:
                "\(who) gave different answers to \(entry.id), and no other worker is there to tell who is "
                + "right; one of them computes wrongly: test their memory, or add a third; \(way)")
    }

    /// The end of a run that has used an answer which others prove wrong.
    func proofOfWrongAnswer(_ used: LeaseTable.Answer, to id: LeaseID) -> RunEnd {
        .failed(
            reason: "the answer of \(nameOfWorker(used.worker)) to \(id) was used and proves wrong; "
                + "replace that worker; " + remedy(for: id))
    }

    /// From where to go on after a wrong answer was used.
    private func remedy(for id: LeaseID) -> String {
        switch id.kind {
        case .extract, .gradient:
            guard let good = savedSteps.last(where: { $0 <= id.step }) else { return "begin the run anew" }
            return good == 0
                ? "begin the run anew" : "remove the checkpoints after that of step \(good), then --resume"
        case .check, .evaluate: return "begin the run anew"
        }
    }
}

extension Outcome {
    /// The digest of the answer's bytes.
    var digest: ContentDigest {
        var hasher = ContentHasher()
        add(to: &hasher)
        return hasher.finalize()
    }

    /// Hashes the answer's bytes; the first kernel's gradient follows from the rest and is left out unless
    /// asked for.
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
