import ExactArithmetic
import TestSupport
import Testing

@testable import ClassifierHead

struct SparseFeaturesTests {
    @Test("any features come back bit for bit", arguments: [1, 7, 8, 9, 63, 64, 65, 512, 513, 25088])
    func roundTripKeepsBits(count: Int) throws {
        var generator = CounterBasedGenerator(seed: UInt64(count), purpose: .samplePictures)
        let dense = (0..<count).map { _ in
            generator.nextUnit() < 0.7 ? 0 : Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
        }
        try expectRoundTrip(dense)
    }

    @Test("-0, NaN with its payload, infinities and denormals come back; +0 takes no value")
    func oddValuesComeBack() throws {
        let dense: [Float] = [
            -0.0, 0, .nan, Float(bitPattern: 0xffc1_2345), .signalingNaN, .infinity, -.infinity,
            .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
            0, 1,
        ]
        try expectRoundTrip(dense)
        #expect(SparseFeatures(dense).valueCount == dense.count - 2)
    }

    @Test("the wire form is the mask, lowest bit first, then the values in little-endian order")
    func wireFormIsAsDocumented() {
        let dense: [Float] = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, -2]
        let bytes = dense.withUnsafeBufferPointer { SparseFeatures.encode($0) }
        #expect(bytes == [0b0000_0010, 0b0000_0100, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
    }

    @Test("features without a value, and with all, come back")
    func extremesComeBack() throws {
        try expectRoundTrip([Float](repeating: 0, count: 1000))
        try expectRoundTrip([Float](repeating: 0.5, count: 1000))
    }

    @Test("bytes of another length than the mask promises are refused")
    func wrongLengthsAreRefused() {
        let bytes = SparseFeatures([0, 1, 2, 0, 3, 0, 0, 0, 0, 4]).encoded
        #expect(decodingError([], 10) == .truncated(byteCount: 0, maskByteCount: 2))
        #expect(decodingError(Array(bytes.prefix(1)), 10) == .truncated(byteCount: 1, maskByteCount: 2))
        for length in 2..<bytes.count {
            #expect(
                decodingError(Array(bytes.prefix(length)), 10)
                    == .wrongLength(byteCount: length, expected: bytes.count))
        }
        #expect(decodingError(bytes + [0], 10) == .wrongLength(byteCount: 19, expected: 18))
    }

    @Test("bits behind the last feature and stored zeros are refused")
    func otherFormsAreRefused() {
        #expect(decodingError([0, 0b100, 0, 0, 0x80, 0x3f], 10) == .bitsBehindEnd(featureCount: 10))
        #expect(decodingError([3, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0], 10) == .storedZero(position: 1))
    }

    @Test("random bytes either are refused or are exactly what their features encode to")
    func randomBytesAreHandled() {
        var generator = CounterBasedGenerator(seed: 1, purpose: .samplePictures)
        for _ in 0..<20_000 {
            let featureCount = 1 + generator.next(below: 24)
            let valueCount = generator.next(below: 4)
            let sparse = generator.next(below: 2) == 0
            let bytes = (0..<(featureCount + 7) / 8 + 4 * valueCount).map { _ in
                UInt8(
                    truncatingIfNeeded: generator.next()
                        & (sparse ? generator.next() & generator.next() : .max))
            }
            let features = bytes.withUnsafeBytes {
                try? SparseFeatures(decoding: $0, featureCount: featureCount)
            }
            if let features { expectSame(features.encoded, bytes) }
        }
    }

    @Test("bytes that are not aligned are read all the same")
    func unalignedBytesAreRead() throws {
        let features = SparseFeatures([1, 0, 2, 0, 3])
        let shifted = [0xff] + features.encoded
        let read = try shifted.withUnsafeBytes { bytes in
            try SparseFeatures(decoding: UnsafeRawBufferPointer(rebasing: bytes[1...]), featureCount: 5)
        }
        expectSame(read.encoded, features.encoded)
    }

    private func expectRoundTrip(_ dense: [Float]) throws {
        let features = SparseFeatures(dense)
        expectSame(features.dense(), dense)
        #expect(features.byteCount == features.encoded.count)
        let decoded = try features.encoded.withUnsafeBytes {
            try SparseFeatures(decoding: $0, featureCount: dense.count)
        }
        expectSame(decoded.dense(), dense)
        expectSame(decoded.encoded, features.encoded)
    }

    private func decodingError(_ bytes: [UInt8], _ featureCount: Int) -> FeatureEncodingError? {
        bytes.withUnsafeBytes { bytes in
            do throws(FeatureEncodingError) {
                _ = try SparseFeatures(decoding: bytes, featureCount: featureCount)
                return nil
            } catch { return error }
        }
    }
}
