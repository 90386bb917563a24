import ContentAddressing
import TrainingProtocol
import WireMessages

/// What a coordinator process was told about the leases to which some worker gave a false answer.
///
/// This is the promise in code. A false answer may be used if only one worker was asked, since nobody can
/// know. But once another worker, which the same process gave the same lease, has answered it differently, no
/// checkpoint, no epoch's end and no end of the run may contain the false answer.
struct Testimony {
    private struct Lie {
        let weights: ContentDigest
        var words: Set<UInt64> = []
        var tellers: Set<ProcessName> = []
        /// Whether it was given while enough other workers were there to compare answers.
        var isVerified = false
    }

    /// A worker's process.
    struct ProcessName: Hashable {
        let worker: Int
        let incarnation: Int

        /// The coordinator's, which may compute leases too.
        static let coordinator = ProcessName(worker: -1, incarnation: 0)
    }

    /// False answers by lease, whether or not they have arrived.
    private var lies: [LeaseID: Lie] = [:]
    private var granted: [LeaseID: Set<ProcessName>] = [:]
    /// Leases for which the coordinator received a false answer.
    private(set) var told: Set<LeaseID> = []
    /// Those among them for which another worker has given a different answer.
    private(set) var contradicted: Set<LeaseID> = []
    /// Those among them for which the coordinator also received a true answer, in either order.
    var disputed: Set<LeaseID> { told.intersection(truths) }
    private var truths: Set<LeaseID> = []
    /// The kinds of lease with a false answer, in any process.
    private(set) var kinds: Set<LeaseKind> = []
    /// Whether a worker called unreadable pictures readable.
    private(set) var favoured = false

    var isEmpty: Bool { lies.isEmpty }

    /// Notes that a worker gives a false answer.
    mutating func lie(_ lease: Lease, word: UInt64, favours: Bool) {
        lies[lease.id, default: Lie(weights: lease.weights)].words.insert(word)
        kinds.insert(lease.id.kind)
        if favours { favoured = true }
    }

    mutating func grant(_ id: LeaseID, to process: ProcessName) { granted[id, default: []].insert(process) }

    /// Notes an answer from a worker that has joined.
    mutating func hear(_ result: LeaseResult, from process: ProcessName, isVerified: Bool, binds: Bool) {
        guard result.outcome.isAnswer else { return }
        guard let lie = lies[result.id], result.weights == lie.weights else {
            // A later false answer disputes this one.
            truths.insert(result.id)
            return
        }
        if lie.words.contains(result.outcome.word) {
            told.insert(result.id)
            lies[result.id]?.tellers.insert(process)
            if isVerified { lies[result.id]?.isVerified = true }
            return
        }
        truths.insert(result.id)
        // With different libraries, different bytes may be right.
        if binds, told.contains(result.id), !lie.tellers.contains(process),
            granted[result.id]?.contains(process) ?? false
        {
            contradicted.insert(result.id)
        }
    }

    /// Whether a used answer is a false one that was received.
    func isLie(_ id: LeaseID, word: UInt64) -> Bool {
        told.contains(id) && lies[id]?.words.contains(word) ?? false
    }

    func isVerified(_ id: LeaseID) -> Bool { lies[id]?.isVerified ?? false }

    /// The leases of an epoch's validation with a false answer.
    func toldOfEvaluation(epoch: Int) -> [LeaseID] {
        told.filter { $0.kind == .evaluate && $0.step == epoch }
    }

    /// Another process coordinates and knows nothing of the answers that the previous one received.
    mutating func forget() {
        granted = [:]
        truths = []
        told = []
        contradicted = []
    }
}
