import ContentAddressing
import TrainingProtocol
import WireMessages

/// What a coordinator process was told about the leases to which some worker gave a false answer.
///
/// This is the promise in code. A false answer may be used if only one worker was asked, since nobody can
/// know. But once another worker, which the same process gave the same lease, has answered it differently, no
/// checkpoint, no epoch's end and no end of the run may contain the false answer.
struct Testimony {
    /// What was asked. After another coordinator has taken over, the same lease with other weights is another
    /// question.
    private struct Question: Hashable {
        let id: LeaseID
        let weights: ContentDigest
    }

    private struct Lie {
        var words: Set<UInt64> = []
        var tellers: Set<ProcessName> = []
    }

    /// A worker's process.
    struct ProcessName: Hashable {
        let worker: Int
        let incarnation: Int

        /// The coordinator's, which may compute leases too.
        static let coordinator = ProcessName(worker: -1, incarnation: 0)
    }

    /// False answers, whether or not they have arrived.
    private var lies: [Question: Lie] = [:]
    private var granted: [LeaseID: Set<ProcessName>] = [:]
    /// Leases for which the coordinator received a false answer.
    private(set) var told: Set<LeaseID> = []
    /// Those among them for which another worker has given a different answer.
    private(set) var contradicted: Set<LeaseID> = []
    /// Leases for which the coordinator received two different answers, true or not.
    private(set) var disputed: Set<LeaseID> = []
    private var heard: [Question: UInt64] = [:]
    /// Leases whose false answer was given while enough other workers were there to compare answers.
    private var verified: Set<LeaseID> = []
    /// The kinds of lease with a false answer, in any process.
    private(set) var kinds: Set<LeaseKind> = []
    /// Whether a worker called unreadable pictures readable.
    private(set) var favoured = false

    var isEmpty: Bool { lies.isEmpty }

    /// Notes that a worker gives a false answer.
    mutating func lie(_ lease: Lease, word: UInt64, favours: Bool) {
        lies[Question(id: lease.id, weights: lease.weights), default: Lie()].words.insert(word)
        kinds.insert(lease.id.kind)
        if favours { favoured = true }
    }

    mutating func grant(_ id: LeaseID, to process: ProcessName) { granted[id, default: []].insert(process) }

    /// Notes an answer from a worker that has joined.
    mutating func hear(_ result: LeaseResult, from process: ProcessName, isVerified: Bool, binds: Bool) {
        guard result.outcome.isAnswer else { return }
        let question = Question(id: result.id, weights: result.weights)
        let word = result.outcome.word
        if let other = heard.updateValue(word, forKey: question), other != word { disputed.insert(result.id) }
        guard let lie = lies[question] else { return }
        if lie.words.contains(word) {
            told.insert(result.id)
            lies[question]?.tellers.insert(process)
            if isVerified { verified.insert(result.id) }
            return
        }
        // With different libraries, different bytes may be right.
        if binds, told.contains(result.id), !lie.tellers.contains(process),
            granted[result.id]?.contains(process) ?? false
        {
            contradicted.insert(result.id)
        }
    }

    /// Whether a used answer is a false one that was received.
    func isLie(_ id: LeaseID, word: UInt64) -> Bool {
        told.contains(id) && lies.contains { $0.key.id == id && $0.value.words.contains(word) }
    }

    func isVerified(_ id: LeaseID) -> Bool { verified.contains(id) }

    /// The leases of an epoch's validation with a false answer.
    func toldOfEvaluation(epoch: Int) -> [LeaseID] {
        told.filter { $0.kind == .evaluate && $0.step == epoch }
    }

    /// Another process coordinates and knows nothing of the answers that the previous one received.
    mutating func forget() {
        granted = [:]
        heard = [:]
        disputed = []
        verified = []
        told = []
        contradicted = []
    }
}
