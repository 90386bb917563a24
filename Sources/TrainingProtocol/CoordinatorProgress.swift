import WireMessages

/// The progress of a run at one moment, for people.
package struct CoordinatorProgress: Sendable {
    package struct Worker: Sendable {
        package let number: Int
        package let host: String
        package let activity: String
    }

    package enum Stage: Sendable, Equatable { case checking, training, evaluating, ended }

    package let stage: Stage
    /// Zero-based.
    package let epoch: Int
    package let epochs: Int
    /// The pictures of this epoch, check or validation that are done, and the total.
    package let picturesDone: Int
    package let picturesTotal: Int
    package let scores: ScoreSum
    package let workers: [Worker]
    package let answers: AnswerCounts
    /// What the run waits for and since when; `nil` if nothing has taken long.
    package let waitingFor: String?
}

extension CoordinatorMachine {
    package func progress(now: Instant) -> CoordinatorProgress {
        let stage: CoordinatorProgress.Stage
        var done = 0
        var total = 0
        switch phase {
        case .checking:
            stage = .checking
            (done, total) = (check.answered, check.open.count)
        case .evaluating:
            stage = .evaluating
            total = evaluation?.scores.count ?? 0
            done = evaluation?.scored ?? 0
        case .ended: stage = .ended
        case .awaitingFeatures, .preparing, .collecting, .applying, .settling:
            stage = .training
            (done, total) = (position.epochScores.samples, training?.samples.count ?? 0)
        }
        return CoordinatorProgress(
            stage: stage, epoch: position.history.count, epochs: configuration.epochs, picturesDone: done,
            picturesTotal: total, scores: position.epochScores,
            workers: peers.compactMap { workers[$0] }.map {
                .init(
                    number: $0.number, host: $0.hello.host, activity: $0.status.activity)
            }, answers: answers, waitingFor: waitingFor(now: now))
    }

    /// Whether the run's phase waits for this lease; it doesn't wait for look-ahead.
    func isWaitedFor(_ id: LeaseID) -> Bool {
        switch phase {
        case .checking: id.kind == .check
        case .awaitingFeatures(let step): id.kind == .extract && id.step == step
        case .collecting(let step): id.kind == .gradient && id.step == step
        case .evaluating: id.kind == .evaluate
        case .preparing, .applying, .settling, .ended: false
        }
    }

    /// The lease that the run waits for and that has been held longest.
    private var oldestWaitedFor: (id: LeaseID, peer: Peer, since: Instant)? {
        func chunks(_ kind: LeaseKind, _ step: Int) -> [LeaseID] {
            let count = training?.schedule.chunkCount(ofStep: step) ?? 0
            return (0..<count).map { LeaseID(kind: kind, step: step, chunk: $0) }
        }
        return switch phase {
        case .checking: leases.oldestHeld(of: .check)
        case .awaitingFeatures(let step): leases.oldestHeld(among: chunks(.extract, step))
        case .collecting(let step): leases.oldestHeld(among: chunks(.gradient, step))
        case .evaluating: leases.oldestHeld(of: .evaluate)
        case .preparing, .applying, .settling, .ended: nil
        }
    }

    /// A lease that has been held for no longer than this is not reported.
    static let patience = Duration.seconds(3)

    /// What the run waits for and since when; `nil` if nothing has taken long.
    package func waitingFor(now: Instant) -> String? {
        if hasEnded { return nil }
        if let open = disputes.min() {
            let who = leases[open]?.opinion == .asked ? "this machine" : "a worker"
            return "waiting for \(who) to tell who is right about \(open)"
        }
        let first = leases.waitingForAnswers.first { $0.opinion == .asked && isWaitedFor($0.id) }
        if let first, let answer = first.answers.first {
            return "waiting for this machine to tell whether \(nameOfWorker(answer.worker)) is right about "
                + "\(first.id), the first of its kind"
        }
        if workers.count < configuration.minimumWorkers {
            let seconds = (now - (waitingForWorkersSince ?? started)).inSeconds
            return
                "waiting for workers, \(workers.count) of \(configuration.minimumWorkers) are there, \(seconds.tenths) s"
        }
        if let lease = oldestWaitedFor, let worker = workers[lease.peer],
            now - lease.since > Self.patience
        {
            return "waiting for worker \(worker.number) (host \(worker.hello.host)), \(lease.id), "
                + "\((now - lease.since).inSeconds.tenths) s"
        }
        if !leases.isEmpty, !leases.isHeld,
            let joining = peers.lazy.compactMap({ workers[$0] }).first(where: { $0.slots == 0 })
        {
            return "waiting for worker \(joining.number) (host \(joining.hello.host)) to be ready: "
                + "\(joining.status.activity), \((now - joining.joined).inSeconds.tenths) s"
        }
        return nil
    }
}

extension Double {
    /// With one decimal.
    var tenths: String {
        let tenths = Int((self * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
