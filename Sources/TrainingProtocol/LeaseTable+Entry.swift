import ContentAddressing
import WireMessages

extension LeaseTable {
    /// A piece of work.
    struct Entry: Sendable {
        let id: LeaseID
        /// Names what the answer is computed from besides the work itself.
        let weights: ContentDigest
        let work: Work
        /// The worker (by number) that has what the work needs: for gradients its features, else most
        /// pictures.
        var preferredWorker: Int?
        /// Where each of its pictures belongs; empty for gradients.
        var owners = PictureOwners()
        /// Two workers must give the same answer before it counts.
        var needsTwoAnswers = false
        /// A worker has it whose first answer of its kind this is: another is to do it as well.
        var provesWorker = false
        /// What the coordinator itself says to it.
        var opinion = Opinion.notAsked
        /// The answer that was used before another was different: who is right is still to be found.
        var used: Answer?
        var holders: [(peer: Peer, since: Instant, sent: Instant)] = []
        /// When it was lost with its last holder, until somebody holds it again.
        var lostSince: Instant?
        /// Workers (by number) that could not do it, once for each time.
        var failures: [Int] = []
        /// Who has failed so often is not waited for where another can do it.
        var failuresAtMost = ProtocolLimits().failuresPerLease
        /// What came back so far, where two answers are needed.
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

        /// How often a worker has done it or failed.
        func tries(of worker: Int) -> Int {
            failures.count { $0 == worker } + answers.count { $0.worker == worker }
        }

        /// Whether the next try may be this worker's: who has tried it least among those that are there.
        func isOpen(to worker: Int, now: Instant, ready: ReadyWorkers) -> Bool {
            let tries = tries(of: worker)
            guard tries > 0 else { return true }
            guard opinion != .asked else { return false }
            // Who has said the same twice is heard again only when nobody else is there that could do it.
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

        /// Workers that have failed it so often that their answer is not waited for.
        var unable: Set<Int> {
            Set(failures.filter { worker in failures.count { $0 == worker } >= failuresAtMost })
        }

        /// Whether somebody has it or has tried it, and somebody else is to do it too: as urgent to each of
        /// the others as what is its own, since a step may be waiting for it.
        var asksForAnother: Bool {
            !failures.isEmpty || isForTwo && !(holders.isEmpty && answers.isEmpty)
        }

        /// Whether two workers do it on purpose.
        private var isForTwo: Bool { needsTwoAnswers || provesWorker }

        /// Whether its answers have different bytes.
        var isDisputed: Bool { Set(answers.map(\.digest)).count > 1 }

        /// Whether another worker has given the same bytes too.
        func isConfirmed(_ answer: Answer) -> Bool {
            answers.contains { $0.worker != answer.worker && $0.digest == answer.digest }
        }

        /// Holders that it may have before any of them is slow.
        var wantedHolders: Int { isForTwo && answers.isEmpty ? 2 : 1 }

        func place(of peer: Peer) -> Int? { holders.firstIndex { $0.peer == peer } }

        func isHeld(by peer: Peer) -> Bool { place(of: peer) != nil }
    }

    /// The coordinator's own answer to a piece of work: once it has one, the work is done.
    enum Opinion: Sendable { case notAsked, asked, none }

    /// An answer as far as it must be compared with others.
    struct Answer: Sendable, Equatable {
        /// The worker's number.
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
