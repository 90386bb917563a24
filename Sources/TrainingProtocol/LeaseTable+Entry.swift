import ContentAddressing
import WireMessages

extension LeaseTable {
    struct Entry: Sendable {
        let id: LeaseID
        /// Names what the answer is computed from besides the work itself.
        let weights: ContentDigest
        let work: Work
        /// The number of the worker that should do the work: for gradients the one that has the features,
        /// otherwise the one that most of the pictures belong to.
        var preferredWorker: Int?
        /// The worker that each picture belongs to; empty for gradients.
        var owners = PictureOwners()
        /// Whether two workers must give the same answer before it counts.
        var needsTwoAnswers = false
        /// Whether it is held by a worker that must prove itself, so that another worker is to do it too.
        var provesWorker = false
        var opinion = Opinion.notAsked
        /// The answer that was used before another worker contradicted it; it is not known yet which is
        /// right.
        var used: Answer?
        var holders: [(peer: Peer, since: Instant, sent: Instant)] = []
        /// When it was lost with its last holder; `nil` once it is held again.
        var lostSince: Instant?
        /// The numbers of workers that could not do it, once for each failure.
        var failures: [Int] = []
        /// A worker that has failed this often is not waited for if another can do the work.
        var failuresAtMost = ProtocolLimits().failuresPerLease
        /// The answers so far, if two are needed.
        var answers: [Answer] = []

        init(
            id: LeaseID, weights: ContentDigest, work: Work, preferredWorker: Int? = nil,
            needsTwoAnswers: Bool = false
        ) {
            self.id = id
            self.weights = weights
            self.work = work
            self.preferredWorker = preferredWorker
            self.needsTwoAnswers = needsTwoAnswers
        }

        /// How often a worker has answered it or failed.
        func tries(of worker: Int) -> Int {
            failures.count { $0 == worker } + answers.count { $0.worker == worker }
        }

        /// Whether this worker may make the next attempt, which goes to the ready worker with the fewest
        /// attempts.
        func isOpen(to worker: Int, now: Instant, ready: ReadyWorkers) -> Bool {
            let tries = tries(of: worker)
            guard tries > 0 else { return true }
            guard opinion != .asked else { return false }
            // A worker that has answered twice is asked again only if no other can do the work.
            func isDone(_ worker: Int) -> Bool {
                answers.count { $0.worker == worker } > 1
                    && ready.hasAny(besides: unable.union([worker]), now: now)
            }
            guard !isDone(worker) else { return false }
            let tried = Set(failures + answers.map(\.worker))
            let gradients = id.kind == .gradient
            return !ready.hasAny(besides: tried, gradients: gradients, now: now)
                && tried.allSatisfy {
                    !ready.contains($0, gradients: gradients, now: now) || self.tries(of: $0) >= tries
                        || isDone($0)
                }
        }

        /// Workers that have failed it too often to be waited for.
        var unable: Set<Int> {
            Set(failures.filter { worker in failures.count { $0 == worker } >= failuresAtMost })
        }

        /// Whether a worker holds it or has tried it and another is to do it too. To the others it is as
        /// urgent as their own work, since a step may wait for it.
        var asksForAnother: Bool {
            !failures.isEmpty || isForTwo && !(holders.isEmpty && answers.isEmpty)
        }

        private var isForTwo: Bool { needsTwoAnswers || provesWorker }

        var isDisputed: Bool { Set(answers.map(\.digest)).count > 1 }

        /// Whether another worker has given the same bytes.
        func isConfirmed(_ answer: Answer) -> Bool {
            answers.contains { $0.worker != answer.worker && $0.digest == answer.digest }
        }

        /// The number of holders it may have before any of them is slow.
        var wantedHolders: Int { isForTwo && answers.isEmpty ? 2 : 1 }

        func place(of peer: Peer) -> Int? { holders.firstIndex { $0.peer == peer } }

        func isHeld(by peer: Peer) -> Bool { place(of: peer) != nil }
    }

    /// The state of the coordinator's own attempt at a piece of work; `none` if it failed. If it succeeds,
    /// the work is done.
    enum Opinion: Sendable { case notAsked, asked, none }

    /// The part of an answer that is compared with others.
    struct Answer: Sendable, Equatable {
        let worker: Int
        let digest: ContentDigest
    }
}

/// The order of urgency: gradients first, then evaluation, extraction and checks; within a kind by step and
/// chunk.
extension LeaseID: Comparable {
    package static func < (left: LeaseID, right: LeaseID) -> Bool {
        if left.kind != right.kind { return left.kind.rawValue > right.kind.rawValue }
        if left.step != right.step { return left.step < right.step }
        return left.chunk < right.chunk
    }
}
