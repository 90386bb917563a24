import ExactArithmetic
import Testing

@testable import VGGBackbone

/// The promise that a picture's features have one form, whatever computed them.
struct ExactFeaturesTests {
    private static let pictureCount = VGGArchitecture.inputSize * VGGArchitecture.inputSize * 3
    private static let weights = BackboneWeights.random(seed: 3, architecture: .vgg16)
    private static let pictures = BackboneWeights.uniform(first: 0, scale: 1, count: 9 * pictureCount)

    /// The features of each of `Self.pictures` by one thread, one picture at a time.
    private static let expected: [[Float]] = {
        let kernels = KernelSet.allCases.first(where: \.isSupported) ?? .avx2
        let extractor = FeatureExtractor(weights: weights, kernels: kernels, threads: 1)
        return (0..<9).map { extractor.features(of: slice($0..<$0 + 1), count: 1) }
    }()

    private static func slice(_ range: Range<Int>) -> [Float] {
        Array(pictures[range.lowerBound * pictureCount..<range.upperBound * pictureCount])
    }

    @Test(
        "features don't depend on the batch, the place in it, or the number of threads",
        arguments: [(0..<3, 2), (1..<9, 2), (0..<9, 1), (2..<5, 3), (4..<5, 4)])
    func dependOnThePictureOnly(range: Range<Int>, threads: Int) throws {
        for kernels in KernelSet.allCases where kernels.isSupported {
            let extractor = FeatureExtractor(weights: Self.weights, kernels: kernels, threads: threads)
            let features = extractor.features(of: Self.slice(range), count: range.count)
            for (index, picture) in range.enumerated() {
                let count = VGGArchitecture.featureCount
                let found = features[index * count..<(index + 1) * count]
                // Bit patterns, since 0 == -0.
                #expect(
                    found.elementsEqual(Self.expected[picture]) { $0.bitPattern == $1.bitPattern },
                    "picture \(picture) of \(range), \(threads) threads, \(kernels)")
            }
        }
    }

    @Test("no picture has no features")
    func emptyBatch() throws {
        let extractor = FeatureExtractor(
            weights: Self.weights, kernels: try KernelSet.selected(override: nil), threads: 2)
        #expect(extractor.features(of: [], count: 0).isEmpty)
    }

    @Test("the self-test's digest is the same for all kernels")
    func selfTestDigest() throws {
        let digests = KernelSet.allCases.filter(\.isSupported).map(BackboneSelfTest.digest)
        #expect(!digests.isEmpty && Set(digests).count == 1)
    }
}
