import ContentAddressing
import ExactArithmetic
import WireMessages

/// Assigns pictures to workers by rendezvous hashing, so that a picture's bytes and features stay at one
/// worker from epoch to epoch, and a worker that joins or leaves moves no more than its share.
enum Placement {
    /// A worker that pictures may be assigned to.
    struct Candidate: Sendable, Equatable {
        let number: Int
        let key: UInt64
    }

    /// A worker's key, from its ID.
    static func key(of worker: String) -> UInt64 { word(of: ContentDigest(hashing: worker.utf8)) }

    /// Whether a lease is in a random share; a function of the seed and the lease's name alone.
    static func isDrawn(_ share: Double, seed: UInt64, words: UInt64...) -> Bool {
        let hash = words.reduce(splitMix64(seed)) { splitMix64($0 ^ $1) }
        return Double(hash >> 11) * 0x1p-53 < share
    }

    fileprivate static func word(of digest: ContentDigest) -> UInt64 {
        digest.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The score of a picture at a worker: the halves of one wide product, as in wyhash. It must be cheap,
    /// since a thousand workers mean a thousand scores per picture.
    ///
    /// - Parameters:
    ///   - word: the picture's, the first 8 bytes of its digest.
    ///   - key: the worker's.
    fileprivate static func score(_ word: UInt64, _ key: UInt64) -> UInt64 {
        let product = (word ^ key).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }
}

/// The worker that each picture of a piece of work belongs to, kept up to date as workers come and go: a new
/// worker is compared with each picture's owner, and only the pictures of a leaving worker are assigned anew.
struct PictureOwners: Sendable {
    private struct Picture: Sendable {
        let word: UInt64
        /// The highest of all workers' scores and its worker; `nil` if there are no workers.
        var score: UInt64 = 0
        var worker: Int?

        init(word: UInt64, among candidates: [Placement.Candidate]) {
            self.word = word
            var best = 0
            for (place, candidate) in candidates.enumerated() {
                let score = Placement.score(word, candidate.key)
                if score > self.score { (self.score, best) = (score, place) }
            }
            if !candidates.isEmpty { worker = candidates[best].number }
        }

        /// Assigns the picture to the candidate if its score is higher; returns whether it is.
        mutating func offer(to candidate: Placement.Candidate) -> Bool {
            let score = Placement.score(word, candidate.key)
            guard worker == nil || score > self.score else { return false }
            (self.score, worker) = (score, candidate.number)
            return true
        }
    }

    private var pictures: [Picture] = []

    init() {}

    init(_ digests: [ContentDigest], among candidates: [Placement.Candidate]) {
        pictures = digests.map { Picture(word: Placement.word(of: $0), among: candidates) }
    }

    var isEmpty: Bool { pictures.isEmpty }

    /// The worker that most of the pictures belong to, the first of equals.
    var worker: Int? {
        var most: (worker: Int, count: Int)?
        for picture in pictures {
            guard let worker = picture.worker else { return nil }
            let count = pictures.count { $0.worker == worker }
            if most.map({ count > $0.count }) ?? true { most = (worker, count) }
        }
        return most?.worker
    }

    /// Adds a worker; returns whether any picture moves to it.
    mutating func add(_ candidate: Placement.Candidate) -> Bool {
        var moves = false
        for place in pictures.indices {
            var picture = pictures[place]
            guard picture.offer(to: candidate) else { continue }
            pictures[place] = picture
            moves = true
        }
        return moves
    }

    /// Removes a worker; returns whether any picture was assigned to it.
    mutating func remove(_ worker: Int, others: [Placement.Candidate]) -> Bool {
        var moves = false
        for place in pictures.indices where pictures[place].worker == worker {
            pictures[place] = Picture(word: pictures[place].word, among: others)
            moves = true
        }
        return moves
    }
}

extension Work {
    /// The pictures that the work needs; empty for factor gradients.
    package var pictures: [ContentDigest] {
        switch self {
        case .check(let samples), .extract(let samples, _), .denseGradient(let samples, _, _),
            .evaluate(let samples, _):
            samples.map(\.picture)
        case .factorGradient: []
        }
    }
}
