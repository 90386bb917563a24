import ContentAddressing
import WireMessages

/// Which pictures can be read: found out before the first step, by all workers together, once for each
/// digest.
struct PictureCheck: Sendable {
    /// Verdicts by digest: those known from before and those found now.
    var verdicts: [ContentDigest: PictureVerdict] = [:]
    /// Pictures still to be checked, each digest once, in the order of the data set.
    var open: [RunPicture] = []
    /// The first of `open` that is in no lease yet.
    var nextToLease = 0
    var answered = 0

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
    /// The pictures of a check lease.
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

    mutating func recordCheck(_ id: LeaseID, reasons: [String?]) {
        let pictures = picturesChecked(by: id.chunk)
        for (picture, reason) in zip(pictures, reasons) {
            check.verdicts[picture.digest] = reason.map { .unreadable(reason: $0) } ?? .readable
        }
        check.answered += pictures.count
    }

    private func isReadable(_ picture: RunPicture) -> Bool { check.verdicts[picture.digest] == .readable }

    /// Leaves out what can't be read, and sees that the rest is still a data set.
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
