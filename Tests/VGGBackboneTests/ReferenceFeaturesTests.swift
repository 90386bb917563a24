import ExactArithmetic
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import VGGBackbone

/// Features beside those that Keras computes for the same pictures and weights.
struct ReferenceFeaturesTests {
    @Test(
        "VGG16's features are Keras' to 1e-5, for every preprocessing in the reference, on every kernel set",
        arguments: ReferenceFolder.all)
    func vgg16(reference: ReferenceFolder) throws {
        let weights = BackboneWeights.random(seed: 7, architecture: .vgg16)
        for kernels in KernelSet.allCases where kernels.isSupported {
            let extractor = FeatureExtractor(weights: weights, kernels: kernels, threads: 2)
            try expectReferenceFeatures(extractor, reference, folder: "features")
        }
    }

    @Test("VGG19's features with random weights are Keras' to 1e-5")
    func vgg19() throws {
        let extractor = FeatureExtractor(
            weights: .random(seed: 7, architecture: .vgg19), kernels: try KernelSet.selected(override: nil),
            threads: 2)
        try expectReferenceFeatures(extractor, .own, folder: "features_vgg19")
    }

    @Test(
        "VGG19's features with ImageNet's weights are Keras' to 1e-5",
        .enabled(if: SharedFolder.isPresent, "../shared is absent"))
    func imageNet() throws {
        let weights = try KerasWeightsFile.read(
            SharedFolder.path("data/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"))
        let extractor = FeatureExtractor(
            weights: weights, kernels: try KernelSet.selected(override: nil), threads: 2)
        let larger = try #require(ReferenceFolder.all.last)
        try expectReferenceFeatures(extractor, larger, folder: "features_vgg19")
    }

    /// All pictures in one batch; the input is the decoded picture that the reference was computed from.
    private func expectReferenceFeatures(
        _ extractor: FeatureExtractor, _ reference: ReferenceFolder, folder: String
    ) throws {
        let photos = try reference.names(in: "features", endingIn: ".input_u8.npy")
        let pictures = try photos.flatMap { try floats(reference.path("features/\($0).input_u8.npy")) }
        var compared = 0
        for preprocessing in Preprocessing.allCases {
            let features = extractor.features(of: preprocessing.apply(pictures), count: photos.count)
            for (index, photo) in photos.enumerated() {
                let path = reference.path("\(folder)/\(photo).\(preprocessing.rawValue).npy")
                guard FileManager.default.fileExists(atPath: path) else { continue }
                compared += 1
                let expected = try floats(path)
                let count = VGGArchitecture.featureCount
                let error = relativeError(of: features[index * count..<(index + 1) * count], to: expected)
                #expect(error <= 1e-5, "\(photo), \(preprocessing), \(extractor.kernels): \(error)")
            }
        }
        #expect(compared >= photos.count, "some picture's features are in no file")
    }

    private func floats(_ path: String) throws -> [Float] {
        try #require(NumpyArray(path: path).floats)
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
