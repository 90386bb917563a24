import ContentAddressing
import TrainingProtocol
import WireMessages

/// What a coordinator's process was told about the leases over which somebody lied.
///
/// This is the promise in code. An answer that is not true may be used where one worker alone was asked: then
/// nobody can know. From the moment at which another worker, who was given the same lease by the same
/// process, answers it otherwise, no checkpoint, no epoch's end, and no end of the run may contain the lie.
struct Testimony {
    private struct Lie {
        let weights: ContentDigest
        var words: Set<UInt64> = []
        var tellers: Set<ProcessName> = []
        /// Told while enough others were there to compare it with theirs.
        var isVerified = false
    }

    /// A worker's process.
    struct ProcessName: Hashable {
        let worker: Int
        let incarnation: Int

        /// The coordinator's, which gives an opinion too.
        static let coordinator = ProcessName(worker: -1, incarnation: 0)
    }

    /// What was answered wrongly, by lease; whether or not it has arrived.
    private var lies: [LeaseID: Lie] = [:]
    private var granted: [LeaseID: Set<ProcessName>] = [:]
    /// Lies that the coordinator was told.
    private(set) var told: Set<LeaseID> = []
    /// Those among them that another worker has contradicted.
    private(set) var contradicted: Set<LeaseID> = []
    /// Those about which the coordinator was told the truth as well, whichever came first.
    var disputed: Set<LeaseID> { told.intersection(truths) }
    private var truths: Set<LeaseID> = []
    /// Kinds of lease in which somebody lied, in any process.
    private(set) var kinds: Set<LeaseKind> = []
    /// Whether somebody called unreadable pictures readable.
    private(set) var favoured = false

    var isEmpty: Bool { lies.isEmpty }

    /// A worker answers a lease with what is not true.
    mutating func lie(_ lease: Lease, word: UInt64, favours: Bool) {
        lies[lease.id, default: Lie(weights: lease.weights)].words.insert(word)
        kinds.insert(lease.id.kind)
        if favours { favoured = true }
    }

    mutating func grant(_ id: LeaseID, to process: ProcessName) { granted[id, default: []].insert(process) }

    /// An answer arrives from a worker that has joined.
    mutating func hear(_ result: LeaseResult, from process: ProcessName, isVerified: Bool, binds: Bool) {
        guard result.outcome.isAnswer else { return }
        guard let lie = lies[result.id], result.weights == lie.weights else {
            // Who lies about it later disputes it.
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
        // Other libraries may give other bytes and be right.
        if binds, told.contains(result.id), !lie.tellers.contains(process),
            granted[result.id]?.contains(process) ?? false
        {
            contradicted.insert(result.id)
        }
    }

    /// Whether an answer that is used is a lie that was told.
    func isLie(_ id: LeaseID, word: UInt64) -> Bool {
        told.contains(id) && lies[id]?.words.contains(word) ?? false
    }

    func isVerified(_ id: LeaseID) -> Bool { lies[id]?.isVerified ?? false }

    /// The lies about an epoch's validation.
    func toldOfEvaluation(epoch: Int) -> [LeaseID] {
        told.filter { $0.kind == .evaluate && $0.step == epoch }
    }

    /// Another process coordinates: what was told to the one before is forgotten with it.
    mutating func forget() {
        granted = [:]
        truths = []
        told = []
        contradicted = []
    }
}
