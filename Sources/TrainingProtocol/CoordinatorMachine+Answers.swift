import ContentAddressing
import WireMessages

extension CoordinatorMachine {
    /// Accepts an answer that matches an open lease in run and weights; drops and counts all others.
    mutating func accept(_ result: LeaseResult, from peer: Peer, now: Instant) {
        workers[peer]?.unanswered.removeAll { $0.id == result.id }
        noteAnswer(of: peer, gradients: result.id.kind == .gradient, now: now)
        changedWorkers.insert(peer)
        guard !hasEnded, let number = workers[peer]?.number else { return }
        guard result.run == configuration.run else {
            answers.ofOtherRuns += 1
            _ = setApartIfTooMany(peer, "by an answer of another run", now: now)
            return
        }
        ledger.answer(number: number, result)
        if case .failed(let reason) = result.outcome {
            answers.failed += 1
            fail(result, reason: reason, from: peer, now: now)
            return
        }
        guard let entry = leases[result.id] else {
            compareLate(result, from: peer, now: now)
            return
        }
        guard result.weights == entry.weights else {
            answers.fromOtherWeights += 1
            return
        }
        if let problem = misfit(result.outcome, to: entry) {
            // The work stays open for others.
            setApart(peer, because: "its answer to \(result.id) had \(problem)", now: now)
            return
        }
        if entry.needsTwoAnswers || mustProve(number, entry.id.kind) {
            confirm(result, from: peer, now: now)
        } else {
            use(result, by: number, now: now)
        }
    }

    /// Completes a lease and uses its answer.
    mutating func use(_ result: LeaseResult, by number: Int, now: Instant) {
        guard let entry = leases.complete(result.id) else { return }
        rememberForComparison(entry, result, by: number)
        if !entry.needsTwoAnswers { noteSuccess(of: number, at: entry, now: now) }
        if let used = entry.used {
            disputes.remove(entry.id)
            if used.digest != result.outcome.digest, !replaceUsed(result, by: number) {
                end(proofOfWrongAnswer(used, to: entry.id))
            }
            return
        }
        answers.used += 1
        ledger.use(number: number, entry.work)
        switch result.outcome {
        case .checked(let reasons): recordCheck(entry.id, reasons: reasons, worker: number)
        case .extracted(let encoded): recordFeatures(entry.id, encoded: encoded, worker: number)
        case .factorGradient, .denseGradient: recordGradient(entry.id, result.outcome)
        case .evaluated(let scores): recordScores(entry.id, scores)
        case .failed: break
        }
    }

    /// Why an answer doesn't fit the work; `nil` if it does.
    private func misfit(_ outcome: Outcome, to entry: LeaseTable.Entry) -> String? {
        switch (entry.work, outcome) {
        case (.check(let samples), .checked(let reasons)):
            reasons.count == samples.count ? nil : "another number of pictures"
        case (.extract(let samples, let returnsFeatures), .extracted(let encoded)):
            encoded.count == (returnsFeatures ? samples.count : 0) ? nil : "\(encoded.count) features"
        case (.factorGradient(let work), .factorGradient(let gradient)):
            gradient.scores.count == work.labels.count && gradient.delta.shape.first == work.labels.count
                ? nil : "another number of samples"
        case (.denseGradient(let samples, _, _), .denseGradient(_, let gradient)):
            gradient.scores.count == samples.count && gradient.delta.shape.first == samples.count
                ? nil : "another number of samples"
        case (.evaluate(let samples, _), .evaluated(let scores)):
            scores.count == samples.count ? nil : "another number of samples"
        default: "an answer of another kind"
        }
    }

    // MARK: Failures

    /// Counts a failure of the worker and the lease; the lease goes to another worker first.
    private mutating func fail(_ result: LeaseResult, reason: String, from peer: Peer, now: Instant) {
        let id = result.id
        guard let worker = workers[peer], result.attempt == leases[id]?.tries(of: worker.number),
            let entry = leases.fail(id, by: peer, worker: worker.number)
        else { return }
        // During the check it is not known yet whether the pictures are readable.
        let isAsked = id.kind != .check && askForPictures(named: reason, of: entry.work)
        let reason = withNames(reason, of: entry.work)
        workers[peer]?.lastFailure = reason
        workers[peer]?.restsUntil = now + configuration.limits.pauseAfterFailure
        let who = nameOfWorker(worker.number)
        note(.warning, .failed, by: hostName(of: worker.number), "\(who) could not do \(id): \(reason)")
        // If a picture may be at fault, the run ends with the decoder's verdict instead.
        guard isHopeless(entry), !isAsked, entry.opinion != .asked else { return }
        if canDecide(entry) {
            decide(entry)
        } else {
            endOverFailures(entry, reason, now)
        }
    }

    /// Whether too many workers have failed a lease, or every connected worker has failed it too often, so
    /// that nobody is left to try.
    func isHopeless(_ entry: LeaseTable.Entry) -> Bool {
        let most = configuration.limits.failuresPerLease
        guard Set(entry.failures).count < most else { return true }
        return !entry.failures.isEmpty
            && peers.compactMap { workers[$0]?.number }.allSatisfy { number in
                entry.failures.count { $0 == number } >= most
            }
    }

    mutating func endOverFailures(_ entry: LeaseTable.Entry, _ reason: String, _ now: Instant) {
        let all = Set(entry.failures).sorted().map(nameOfWorker).joined(separator: ", ")
        request(
            .failed(reason: "\(entry.id) failed \(entry.failures.count) times, at \(all): \(reason)"), now)
    }

    /// The failure's reason with the pictures' names in place of their digests.
    private func withNames(_ reason: String, of work: Work) -> String {
        var reason = reason
        for digest in work.pictures where reason.contains(digest.hex) {
            let pictures = configuration.training + configuration.validation
            guard let name = pictures.first(where: { $0.digest == digest })?.name else { continue }
            reason = reason.split(separator: digest.hex, omittingEmptySubsequences: false)
                .joined(separator: name)
        }
        return reason
    }

    /// Notes that this worker could do what others have failed; those that fail too often in a row are set
    /// apart.
    mutating func noteSuccess(of number: Int, at entry: LeaseTable.Entry, now: Instant) {
        let kind = entry.id.kind
        if let peer = peerOfNumber[number] { workers[peer]?.failuresInARow[kind] = 0 }
        for peer in peersThatAreThere(of: entry.failures) {
            guard let worker = workers[peer], worker.number != number else { continue }
            let count = worker.failuresInARow[kind, default: 0] + 1
            workers[peer]?.failuresInARow[kind] = count
            if count >= configuration.limits.failuresPerWorker {
                setApart(
                    peer,
                    because: "it failed \(count) leases in a row that others could do: "
                        + worker.lastFailure, now: now)
            }
        }
    }

    /// The connections of those of the given workers that are connected, in the order in which they joined.
    func peersThatAreThere(of numbers: some Sequence<Int>) -> [Peer] {
        Set(numbers).compactMap { peerOfNumber[$0] }
            .sorted { (workers[$0]?.order ?? 0) < (workers[$1]?.order ?? 0) }
    }

    /// Sends a worker away for good, with the reason; the run continues without it.
    mutating func setApart(_ peer: Peer, because reason: String, now: Instant) {
        guard let worker = workers[peer] else { return }
        leases.forgetTries(of: worker.number)
        exclude(worker.hello.workerID, because: reason)
        note(
            .error, .setApart, by: hostName(of: worker.number),
            "\(nameOfWorker(worker.number)) is set apart: \(reason)")
        actions.append(.send(.refused(reason: reason), to: peer))
        lose(peer, reason: "it is set apart", now: now)
        actions.append(.forget(peer))
    }

    /// Bars a worker from coming back; if too many are barred, the oldest is forgotten.
    mutating func exclude(_ name: String, because reason: String) {
        guard exclusions.updateValue(reason, forKey: name) == nil else { return }
        excluded.append(name)
        guard excluded.count > configuration.limits.exclusionsRemembered else { return }
        exclusions[excluded.removeFirst()] = nil
    }

    /// The worker's name for people, whether or not it is still connected.
    func nameOfWorker(_ number: Int) -> String {
        "worker \(number) (\(hostName(of: number)))"
    }

    /// The host, by which the log sums up the repeated events of a worker, even under new names.
    func hostName(of number: Int) -> String { "host \(hosts[number]?.host ?? "unknown")" }
}
