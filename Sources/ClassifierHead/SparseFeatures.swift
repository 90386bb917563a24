import CKernels

package enum FeatureEncodingError: Error, Equatable, CustomStringConvertible {
    /// There are fewer bytes than the mask alone takes.
    case truncated(byteCount: Int, maskByteCount: Int)
    /// The number of bytes doesn't match the number of values in the mask.
    case wrongLength(byteCount: Int, expected: Int)
    /// A bit after the last feature is set.
    case bitsBehindEnd(featureCount: Int)
    /// A stored value is +0, which the mask should leave out.
    case storedZero(position: Int)

    package var description: String {
        let remedy = "compute this picture's features again"
        return switch self {
        case .truncated(let byteCount, let maskByteCount):
            "features of \(byteCount) bytes are cut off in their mask of \(maskByteCount); \(remedy)"
        case .wrongLength(let byteCount, let expected):
            "features of \(byteCount) bytes should have \(expected) by their mask; \(remedy)"
        case .bitsBehindEnd(let featureCount):
            "the mask names features behind the last of \(featureCount); \(remedy), with the same backbone"
        case .storedZero(let position):
            "value \(position) is a zero, which the mask should leave out; \(remedy)"
        }
    }
}

/// One sample's features: a bit mask and the values that are not +0.
///
/// Exactly the values with the bits of +0 are left out, so -0, NaN and denormals are preserved, and equal
/// features have equal bytes. The wire form is the mask, (featureCount + 7) / 8 bytes with the least
/// significant bit first, then the values as little-endian float32.
package struct SparseFeatures: Sendable {
    private let storage: Storage

    /// The number of features, including zeros.
    package var featureCount: Int { storage.featureCount }

    /// The number of stored features.
    package var valueCount: Int { storage.valueCount }

    /// The length of the wire form.
    package var byteCount: Int { Self.maskByteCount(featureCount) + 4 * valueCount }

    package init(_ dense: UnsafeBufferPointer<Float>) {
        storage = Storage(featureCount: dense.count, valueCount: dense.count { $0.bitPattern != 0 })
        var position = 0
        for word in 0..<(dense.count + 63) / 64 {
            var bits: UInt64 = 0
            for bit in 0..<min(64, dense.count - 64 * word) where dense[64 * word + bit].bitPattern != 0 {
                bits |= 1 << UInt64(bit)
                storage.values[position] = dense[64 * word + bit]
                position += 1
            }
            storage.mask[word] = bits.littleEndian
        }
        storage.countSlices()
    }

    package init(_ dense: [Float]) {
        self = dense.withUnsafeBufferPointer { SparseFeatures($0) }
    }

    /// Decodes the wire form, which need not be aligned.
    package init(decoding bytes: UnsafeRawBufferPointer, featureCount: Int) throws(FeatureEncodingError) {
        precondition(featureCount > 0)
        let maskByteCount = Self.maskByteCount(featureCount)
        guard bytes.count >= maskByteCount else {
            throw .truncated(byteCount: bytes.count, maskByteCount: maskByteCount)
        }
        let mask = UnsafeRawBufferPointer(rebasing: bytes[..<maskByteCount])
        if featureCount % 8 != 0, mask[maskByteCount - 1] >> UInt8(featureCount % 8) != 0 {
            throw .bitsBehindEnd(featureCount: featureCount)
        }
        let valueCount = mask.reduce(0) { $0 + $1.nonzeroBitCount }
        guard bytes.count == maskByteCount + 4 * valueCount else {
            throw .wrongLength(byteCount: bytes.count, expected: maskByteCount + 4 * valueCount)
        }
        storage = Storage(featureCount: featureCount, valueCount: valueCount)
        UnsafeMutableRawPointer(storage.mask).copyMemory(
            from: mask.baseAddress ?? .init(storage.mask), byteCount: mask.count)
        UnsafeMutableRawBufferPointer(storage.valueBuffer).copyMemory(
            from: .init(rebasing: bytes[maskByteCount...]))
        if let position = storage.valueBuffer.firstIndex(where: { $0.bitPattern == 0 }) {
            throw .storedZero(position: position)
        }
        storage.countSlices()
    }

    package static func encode(_ dense: UnsafeBufferPointer<Float>) -> [UInt8] {
        SparseFeatures(dense).encoded
    }

    package var encoded: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { target, count in
            let maskByteCount = Self.maskByteCount(featureCount)
            let bytes = UnsafeMutableRawBufferPointer(target)
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: storage.mask, count: maskByteCount))
            UnsafeMutableRawBufferPointer(rebasing: bytes[maskByteCount...]).copyMemory(
                from: .init(storage.valueBuffer))
            count = byteCount
        }
    }

    /// All features, including zeros.
    package func dense() -> [Float] {
        var features = [Float](repeating: 0, count: featureCount)
        var position = 0
        for word in 0..<(featureCount + 63) / 64 {
            var bits = UInt64(littleEndian: storage.mask[word])
            while bits != 0 {
                features[64 * word + bits.trailingZeroBitCount] = storage.values[position]
                position += 1
                bits &= bits - 1
            }
        }
        return features
    }

    private static func maskByteCount(_ featureCount: Int) -> Int { (featureCount + 7) / 8 }

    fileprivate var cSample: HeadStartHeadSample {
        HeadStartHeadSample(mask: storage.mask, values: storage.values, starts: storage.starts)
    }
}

extension SparseFeatures: Equatable {
    /// Whether both have the same bits.
    package static func == (left: SparseFeatures, right: SparseFeatures) -> Bool {
        left.featureCount == right.featureCount && left.encoded == right.encoded
    }
}

extension [SparseFeatures] {
    /// Calls `body` with the samples as `CKernels` takes them, valid during the call.
    func withSamples<Result>(_ body: (UnsafePointer<HeadStartHeadSample>?) -> Result) -> Result {
        withExtendedLifetime(self) { map(\.cSample).withUnsafeBufferPointer { body($0.baseAddress) } }
    }
}

/// The memory of one sample's features, in one piece: mask, starts of the slices, values.
private final class Storage: @unchecked Sendable {  // C memory, written before it is shared.
    let featureCount: Int
    let valueCount: Int
    let mask: UnsafeMutablePointer<UInt64>
    let starts: UnsafeMutablePointer<UInt32>
    let values: UnsafeMutablePointer<Float>
    private let sliceCount: Int
    private static let wordsInSlice = HEADSTART_HEAD_SLICE / 64

    /// The mask is zeroed; the rest is uninitialized.
    init(featureCount: Int, valueCount: Int) {
        self.featureCount = featureCount
        self.valueCount = valueCount
        let sliceLength = HEADSTART_HEAD_SLICE
        sliceCount = (featureCount + sliceLength - 1) / sliceLength
        let words = sliceCount * Self.wordsInSlice
        mask = .allocate(capacity: words + (sliceCount + valueCount + 1) / 2)
        mask.initialize(repeating: 0, count: words + (sliceCount + valueCount + 1) / 2)
        let behindMask = UnsafeMutableRawPointer(mask + words)
        starts = behindMask.bindMemory(to: UInt32.self, capacity: sliceCount)
        values = (behindMask + 4 * sliceCount).bindMemory(to: Float.self, capacity: valueCount)
    }

    deinit { mask.deallocate() }

    var valueBuffer: UnsafeMutableBufferPointer<Float> { .init(start: values, count: valueCount) }

    func countSlices() {
        var count = 0
        for slice in 0..<sliceCount {
            starts[slice] = UInt32(count)
            for word in slice * Self.wordsInSlice..<(slice + 1) * Self.wordsInSlice {
                count += mask[word].nonzeroBitCount
            }
        }
    }
}
