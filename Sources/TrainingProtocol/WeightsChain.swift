import ContentAddressing
import WireMessages

/// Names the head's weights without reading them: each name is the digest of the previous name and of
/// everything the update between them was made from. Within a run, equal names mean equal weights, as far as
/// can be told without reading their 26 MB. A checkpoint holds name and weights under one digest.
enum WeightsChain {
    /// The name of the weights a run begins with, or continues with if its checkpoint has no name.
    static func first(run: RunID, step: Int) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(field: run)
        hasher.update(bigEndian: UInt64(step))
        return hasher.finalize()
    }

    /// The name under which another process continues with weights that dense gradients made.
    ///
    /// An update's name doesn't cover the first kernel's gradient: 26 MB a chunk take longer to hash than to
    /// apply. So a worker may still have weights that a wrong gradient went into, from a coordinator that
    /// crashed; they must not have the name of the right ones.
    static func continued(_ name: ContentDigest, by process: UInt64) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(name.bytes)
        hasher.update(bigEndian: process)
        return hasher.finalize()
    }

    /// Names what features depend on besides the draw. A lease asks only for pictures whose features are
    /// missing, so it may change when a coordinator is restarted.
    static func backbone(_ backbone: ContentDigest, pictures: [ContentDigest]) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(backbone.bytes)
        for picture in pictures { hasher.update(picture.bytes) }
        return hasher.finalize()
    }

    /// The name of the weights after the update of `step`.
    ///
    /// - Parameter answers: the chunks' answers in order. Their deltas and scores also stand for the
    ///   features, which the schedule determines and which the answers were computed from.
    static func next(after name: ContentDigest, step: Int, answers: [Outcome]) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(name.bytes)
        hasher.update(bigEndian: UInt64(step))
        for answer in answers { answer.add(to: &hasher, includesKernel: false) }
        return hasher.finalize()
    }
}
