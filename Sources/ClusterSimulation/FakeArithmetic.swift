import ContentAddressing
import WireMessages

/// Arithmetic in which every number is a hash of everything it depends on. A wrong, missing, repeated or
/// reordered chunk, a stale weight or the wrong features change everything that follows, so errors are found
/// at no cost.
enum FakeArithmetic {
    /// The head before the first step.
    static let untrained: UInt64 = 0x4EAD_57A7

    /// A sample's features, which depend on the picture and on the epoch's draw.
    static func features(of sample: Sample) -> UInt64 {
        features(
            picture: word(of: sample.picture), index: sample.index, epoch: sample.epoch, label: sample.label)
    }

    static func features(picture: UInt64, index: UInt32, epoch: UInt32?, label: Int) -> UInt64 {
        Mixing.hash(
            picture, UInt64(index), epoch.map { UInt64($0) + 1 } ?? 0, UInt64(truncatingIfNeeded: label))
    }

    /// The first layer's sums of a chunk.
    static func sums(head: UInt64, features: [UInt64]) -> UInt64 {
        var mixing = Mixing(head)
        for feature in features { mixing.add(feature) }
        return mixing.value
    }

    /// A chunk's gradient without that of the first kernel.
    static func gradient(sums: UInt64, labels: some Sequence<Int>, samplesInStep: Int) -> UInt64 {
        var mixing = Mixing(sums)
        for label in labels { mixing.add(label) }
        mixing.add(samplesInStep)
        return mixing.value
    }

    /// The first kernel's gradient of a chunk.
    static func kernelGradient(gradient: UInt64, features: [UInt64]) -> UInt64 {
        var mixing = Mixing(gradient)
        for feature in features { mixing.add(feature) }
        return mixing.value
    }

    static func updated(head: UInt64, step: Int, kernelGradients: [UInt64]) -> UInt64 {
        var mixing = Mixing(head)
        mixing.add(step)
        for gradient in kernelGradients { mixing.add(gradient) }
        return mixing.value
    }

    /// The score of a chunk's sample at `place`.
    static func score(gradient: UInt64, place: Int, classes: Int) -> SampleScore {
        let word = Mixing.hash(gradient, UInt64(truncatingIfNeeded: place))
        return SampleScore(
            loss: Float(word >> 40) * 0x1p-22, predicted: Int(word & 0xFFFF) % classes)
    }

    /// The score of a sample in an evaluation.
    static func score(head: UInt64, features: UInt64, classes: Int) -> SampleScore {
        score(gradient: Mixing.hash(head, features), place: 0, classes: classes)
    }

    /// The first eight bytes of a digest.
    static func word(of digest: ContentDigest) -> UInt64 {
        digest.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The bytes of a picture's features in a message.
    static let featureBytes = 8

    static func tensor(_ word: UInt64) -> Tensor {
        Tensor(element: .uint8, shape: [1, 8], bytes: FrameBytes(bytes(of: word)))
    }

    /// The word in a tensor; 0 if there is none.
    static func word(of tensor: Tensor) -> UInt64 {
        tensor.bytes.withUnsafeBytes { bytes in
            bytes.count == 8 ? bytes.reduce(0) { $0 << 8 | UInt64($1) } : 0
        }
    }

    /// The digest whose first eight bytes are `word`.
    static func digest(_ word: UInt64) -> ContentDigest {
        ContentDigest(bytes: bytes(of: word) + [UInt8](repeating: 0, count: ContentDigest.byteCount - 8))
            ?? ContentDigest(hashing: bytes(of: word))
    }

    private static func bytes(of word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
    }

    /// A worker's answer with a chunk's gradient in the factor form.
    static func factors(gradient: UInt64, count: Int, classes: Int) -> FactorGradient {
        FactorGradient(
            delta: Tensor(element: .uint8, shape: [count, 0], bytes: FrameBytes([UInt8]())),
            outputDelta: tensor(gradient),
            scores: (0..<count).map { score(gradient: gradient, place: $0, classes: classes) })
    }

    /// A worker's answer with a chunk's gradient in the dense form.
    static func answer(gradient: UInt64, count: Int, classes: Int) -> ChunkGradient {
        ChunkGradient(
            delta: Tensor(element: .uint8, shape: [count, 0], bytes: FrameBytes([UInt8]())),
            outputGradient: tensor(gradient),
            scores: (0..<count).map { score(gradient: gradient, place: $0, classes: classes) })
    }
}
