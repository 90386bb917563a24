import ContentAddressing
import WireMessages

/// Names the head's weights without reading them: each name is the digest of the one before and of all that
/// the update between them was made from. Within a run equal names mean equal weights, as far as anybody can
/// tell who does not look at 26 MB; a checkpoint holds name and weights under one digest.
enum WeightsChain {
    /// The name of the weights at which a run begins, or goes on where its checkpoint knows no name.
    static func first(run: RunID, step: Int) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(field: run)
        hasher.update(bigEndian: UInt64(step))
        return hasher.finalize()
    }

    /// What features depend on besides the draw. Which pictures a lease asks for depends on those known
    /// already, so it may change when a coordinator comes back.
    static func backbone(_ backbone: ContentDigest, pictures: [ContentDigest]) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(backbone.bytes)
        for picture in pictures { hasher.update(picture.bytes) }
        return hasher.finalize()
    }

    /// The name of the weights after the update of `step`.
    ///
    /// - Parameter answers: the chunks' answers in order. Deltas and scores stand for the features as well,
    ///   which the schedule names and from which they were computed.
    static func next(after name: ContentDigest, step: Int, answers: [Outcome]) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(name.bytes)
        hasher.update(bigEndian: UInt64(step))
        for answer in answers { answer.add(to: &hasher, includesKernel: false) }
        return hasher.finalize()
    }
}
