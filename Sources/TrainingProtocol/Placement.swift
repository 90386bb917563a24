import ContentAddressing
import WireMessages

/// Where work belongs: pictures go to workers by rendezvous hashing, so that each picture's bytes and
/// features stay at one worker from epoch to epoch, and a worker that joins or leaves moves no more than its
/// share.
enum Placement {
    /// A worker that could have pictures.
    struct Candidate: Sendable, Equatable {
        /// The worker's number.
        let number: Int
        let key: UInt64
    }

    /// The key of a worker by its name.
    static func key(of worker: String) -> UInt64 { word(of: ContentDigest(hashing: worker.utf8)) }

    /// The worker that most of the pictures belong to, the first of equals; `nil` without pictures or
    /// workers.
    static func owner(of pictures: [ContentDigest], among candidates: [Candidate]) -> Int? {
        var votes: [(number: Int, count: Int)] = []
        for picture in pictures {
            guard let owner = owner(of: word(of: picture), among: candidates) else { return nil }
            if let place = votes.firstIndex(where: { $0.number == owner }) {
                votes[place].count += 1
            } else {
                votes.append((owner, 1))
            }
        }
        let most = votes.map(\.count).max()
        return votes.first { $0.count == most }?.number
    }

    /// Whether a seeded draw of this share falls on a lease; a function of the seed and the name alone.
    static func isDrawn(_ share: Double, seed: UInt64, words: UInt64...) -> Bool {
        let hash = words.reduce(mixed(seed)) { mixed($0 ^ $1) }
        return Double(hash >> 11) * 0x1p-53 < share
    }

    private static func owner(of picture: UInt64, among candidates: [Candidate]) -> Int? {
        var best: (score: UInt64, number: Int)?
        for candidate in candidates {
            let score = mixed(picture ^ candidate.key)
            if best.map({ score > $0.score }) ?? true { best = (score, candidate.number) }
        }
        return best?.number
    }

    private static func word(of digest: ContentDigest) -> UInt64 {
        digest.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The finalizer of SplitMix64: every bit of the word changes half of the result's.
    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = word &+ 0x9E37_79B9_7F4A_7C15
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

extension Work {
    /// The pictures that the work is about.
    var pictures: [ContentDigest] {
        switch self {
        case .check(let samples), .extract(let samples, _), .denseGradient(let samples, _, _),
            .evaluate(let samples, _):
            samples.map(\.picture)
        case .factorGradient: []
        }
    }
}
