import ContentAddressing
import WireMessages

/// Finds out which pictures can be read: before the first step, by all workers together, once for each
/// digest.
struct PictureCheck: Sendable {
    /// Verdicts by digest, both earlier ones and new ones.
    var verdicts: [ContentDigest: PictureVerdict] = [:]
    /// Pictures to be checked, each digest once, in the data set's order.
    var open: [RunPicture] = []
    /// The index in `open` of the first picture that is in no lease yet.
    var nextToLease = 0
    var answered = 0
    /// Pictures called unreadable that are being decoded here, with the worker that said so.
    var doubted: [ContentDigest: Int] = [:]
    /// Pictures that were considered readable and are being decoded here because a worker can't read them.
    var asked: Set<ContentDigest> = []
    var decoded: Set<ContentDigest> = []

    init(_ configuration: CoordinatorConfiguration) {
        let count = configuration.training.count + configuration.validation.count
        var seen: Set<ContentDigest> = []
        seen.reserveCapacity(count)
        verdicts.reserveCapacity(count)
        for picture in configuration.training + configuration.validation {
            if let verdict = picture.verdict {
                verdicts[picture.digest] = verdict
            } else if seen.insert(picture.digest).inserted {
                open.append(picture)
            }
        }
        open.removeAll { verdicts[$0.digest] != nil }
    }

    var isComplete: Bool { answered == open.count }
}

extension CoordinatorMachine {
    private func picturesChecked(by chunk: Int) -> ArraySlice<RunPicture> {
        let first = chunk * configuration.limits.picturesPerCheck
        return check.open[first..<min(first + configuration.limits.picturesPerCheck, check.open.count)]
    }

    mutating func advanceCheck(_ now: Instant) {
        while check.nextToLease < check.open.count,
            leases.count(of: .check) < configuration.limits.checksAhead(slots: slotsThatAreThere)
        {
            let chunk = check.nextToLease / configuration.limits.picturesPerCheck
            let pictures = picturesChecked(by: chunk)
            let samples = pictures.map {
                Sample(picture: $0.digest, byteCount: $0.byteCount, index: 0, epoch: nil, label: $0.label)
            }
            open(LeaseID(kind: .check, step: 0, chunk: chunk), .check(samples))
            check.nextToLease += pictures.count
        }
        if check.isComplete { finishCheck(now) }
    }

    /// Records a worker's verdicts. Pictures that it calls unreadable are decoded here as well, so that no
    /// picture is left out because of a single worker.
    mutating func recordCheck(_ id: LeaseID, reasons: [String?], worker: Int) {
        var doubted: [RunPicture] = []
        for (picture, reason) in zip(picturesChecked(by: id.chunk), reasons) {
            if reason == nil {
                check.verdicts[picture.digest] = .readable
                check.answered += 1
            } else {
                check.doubted[picture.digest] = worker
                doubted.append(picture)
            }
        }
        if !doubted.isEmpty { actions.append(.decode(doubted)) }
    }

    /// Has those pictures of the work decoded here that a worker's reason names by digest; returns whether
    /// there are any.
    mutating func askForPictures(named reason: String, of work: Work) -> Bool {
        let named = work.pictures.filter { reason.contains($0.hex) }
        guard !named.isEmpty else { return false }
        let new = Set(named).subtracting(check.decoded)
        let pictures = (configuration.training + configuration.validation).filter { new.contains($0.digest) }
        let once = pictures.filter { check.asked.insert($0.digest).inserted }
        if !once.isEmpty { actions.append(.decode(once)) }
        return named.contains { check.asked.contains($0) }
    }

    /// Takes the verdicts of the coordinator's own decoder.
    mutating func take(_ pictures: [DecodedPicture], now: Instant) {
        var wrong: [Int: String] = [:]
        for decoded in pictures where !hasEnded {
            check.decoded.insert(decoded.digest)
            let name = nameOfPicture(decoded.digest)
            if check.asked.remove(decoded.digest) != nil { takeLate(decoded, name: name, now: now) }
            guard let worker = check.doubted.removeValue(forKey: decoded.digest) else { continue }
            guard let verdict = decoded.verdict else {
                request(.failed(reason: "\(name) can't be checked: \(decoded.problem)"), now)
                return
            }
            check.verdicts[decoded.digest] = verdict.withReason
            check.answered += 1
            if verdict == .readable { wrong[worker] = name }
        }
        for (worker, name) in wrong.sorted(by: { $0.key < $1.key }) {
            noteWrongVerdict(of: worker, name, now)
        }
    }

    /// Ends the run if a picture that was considered readable can't be read: the schedule of the steps so far
    /// was wrong.
    private mutating func takeLate(_ decoded: DecodedPicture, name: String, now: Instant) {
        guard case .unreadable(let reason)? = decoded.verdict?.withReason, !hasEnded else { return }
        let pictures = configuration.training + configuration.validation
        if var picture = pictures.first(where: { $0.digest == decoded.digest }) {
            picture.verdict = .unreadable(reason: reason)
            actions.append(.remember(picture))
        }
        end(
            .failed(
                reason: "\(name) was called readable and can't be read: \(reason); this is remembered: begin "
                    + "the run anew, which leaves it out"))
    }

    private func nameOfPicture(_ digest: ContentDigest) -> String {
        (configuration.training + configuration.validation).first { $0.digest == digest }?.name ?? digest.hex
    }

    /// Counts that a worker has called readable pictures unreadable. Workers with other libraries may do so
    /// in good faith.
    private mutating func noteWrongVerdict(of number: Int, _ name: String, _ now: Instant) {
        guard let peer = peerOfNumber[number], let worker = workers[peer] else { return }
        let text = "worker \(number) (host \(worker.hello.host)) called \(name) unreadable, which can be read"
        actions.append(.log(.warning, text))
        guard worker.hello.arithmetic == configuration.arithmetic else { return }
        workers[peer]?.wrongVerdicts += 1
        guard worker.wrongVerdicts + 1 >= configuration.limits.failuresPerWorker else { return }
        setApart(
            peer,
            because: "it called pictures unreadable that can be read, such as \(name), in "
                + "\(worker.wrongVerdicts + 1) leases", now: now)
    }

    private func isReadable(_ picture: RunPicture) -> Bool { check.verdicts[picture.digest] == .readable }

    /// Leaves out unreadable pictures, and checks that the rest is still a usable data set.
    private mutating func finishCheck(_ now: Instant) {
        let newVerdicts = check.open.map { picture in
            var picture = picture
            picture.verdict = check.verdicts[picture.digest]
            return picture
        }
        let leftOut = (configuration.training + configuration.validation).filter { !isReadable($0) }.map {
            picture in
            var picture = picture
            picture.verdict = check.verdicts[picture.digest]
            return picture
        }
        actions.append(.picturesChecked(newVerdicts: newVerdicts, leftOut: leftOut))
        if configuration.isStrict, let first = leftOut.first {
            let reason = if case .unreadable(let reason) = first.verdict { reason } else { "unreadable" }
            end(
                .failed(
                    reason: "\(leftOut.count) pictures can't be read, the first is \(first.name): \(reason); "
                        + "mend or remove them, or leave out --strict"))
            return
        }
        var state = TrainingState(configuration, isReadable: isReadable)
        guard !state.samples.isEmpty else {
            end(.failed(reason: "no training picture can be read; problems.csv says why for each"))
            return
        }
        for (label, name) in configuration.classes.enumerated()
        where !configuration.allowsEmptyClasses && !state.samples.contains(where: { $0.label == label }) {
            end(
                .failed(
                    reason: "class \(name) has no picture that can be read; problems.csv says why for each; "
                        + "mend them, or use --allow-empty-classes"))
            return
        }
        guard configuration.validation.isEmpty || !state.validation.isEmpty else {
            end(.failed(reason: "no validation picture can be read; problems.csv says why for each"))
            return
        }
        let readable = state.digest
        if let before = position.readable ?? configuration.readable, before != readable {
            end(
                .failed(
                    reason: "other pictures can be read than those the run began with, now "
                        + "\(state.samples.count) for training and \(state.validation.count) for validation; "
                        + "a remembered verdict on a picture was lost or has changed: remove the folder "
                        + "verdicts in the cache, so that they are checked anew, or begin the run anew"))
            return
        }
        position.readable = readable
        state.nextToExtract = position.step
        training = state
        epochStarted = now
        lastCheckpoint = now
        if position.epochScores.samples == 0, position.step >= state.schedule.stepCount {
            end(.completed)
        } else if position.epochScores.samples == 0, stopsEarly {
            end(stalledEnd)
        } else if position.epochScores.samples > 0, position.step % state.schedule.stepsPerEpoch == 0 {
            finishEpoch(now)
        } else {
            phase = .awaitingFeatures(step: position.step)
        }
    }
}

extension PictureVerdict {
    /// The verdict with a reason that is one line and not empty.
    var withReason: PictureVerdict {
        guard case .unreadable(let reason) = self else { return self }
        let line = reason.split(whereSeparator: \.isNewline).joined(separator: " ")
        return .unreadable(reason: line.isEmpty ? "the decoder gives no reason" : line)
    }
}
