import ExactArithmetic
import ModelFiles
import TestSupport
import Testing

@testable import VGGBackbone

/// Features beside those that Keras computes for the same pictures and weights.
@Suite(.enabled(if: SharedFolder.isPresent, "../shared is absent"))
struct ReferenceFeaturesTests {
    private static let photos = ["0013035", "10308379_1b6c72e180", "1032546534_06907fe3b3"]

    @Test(
        "VGG16's features are Keras' to 1e-5, for every preprocessing in the reference, on every kernel set")
    func vgg16() throws {
        let weights = BackboneWeights.random(seed: 7, architecture: .vgg16)
        for kernels in KernelSet.allCases where kernels.isSupported {
            let extractor = FeatureExtractor(weights: weights, kernels: kernels, threads: 2)
            try expectReferenceFeatures(extractor, folder: "features")
        }
    }

    @Test("VGG19's features with ImageNet's weights are Keras' to 1e-5")
    func vgg19() throws {
        let weights = try KerasWeightsFile.read(
            SharedFolder.path("data/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"))
        let extractor = FeatureExtractor(
            weights: weights, kernels: try KernelSet.selected(override: nil), threads: 2)
        try expectReferenceFeatures(extractor, folder: "features_vgg19")
    }

    /// All photos in one batch; the input is the decoded picture that the reference was computed from.
    private func expectReferenceFeatures(_ extractor: FeatureExtractor, folder: String) throws {
        for preprocessing in [Preprocessing.rescale, .caffe] {
            let pictures = try Self.photos.flatMap { photo in
                try floats("golden/features/\(photo).input_u8.npy")
            }
            let features = extractor.features(of: preprocessing.apply(pictures), count: Self.photos.count)
            for (index, photo) in Self.photos.enumerated() {
                let expected = try floats("golden/\(folder)/\(photo).\(preprocessing.rawValue).npy")
                let count = VGGArchitecture.featureCount
                let error = relativeError(of: features[index * count..<(index + 1) * count], to: expected)
                #expect(error <= 1e-5, "\(photo), \(preprocessing), \(extractor.kernels): \(error)")
            }
        }
    }

    private func floats(_ path: String) throws -> [Float] {
        try #require(NumpyArray(path: SharedFolder.path(path)).floats)
    }

    /// The L2 norm of the difference over that of the reference; infinite for different lengths.
    private func relativeError(of values: ArraySlice<Float>, to expected: [Float]) -> Double {
        guard values.count == expected.count else { return .infinity }
        var difference = 0.0
        var norm = 0.0
        for (value, reference) in zip(values, expected) {
            difference += (Double(value) - Double(reference)) * (Double(value) - Double(reference))
            norm += Double(reference) * Double(reference)
        }
        return (difference / norm).squareRoot()
    }
}
