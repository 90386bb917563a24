import ContentAddressing
import ExactArithmetic
import Imaging
import VGGBackbone

/// All that a picture's features depend on beside its bytes and its augmentation.
package struct FeatureRecipe: Sendable, Hashable {
    package var preprocessing: Preprocessing
    package var honorsExifOrientation: Bool
    /// Of the backbone's tensors (`BackboneWeights.digest`).
    package var weightsDigest: ContentDigest
    /// What codecs and kernels gave in their self-tests (`ArithmeticFingerprint`).
    package var arithmetic: ContentDigest

    package init(
        preprocessing: Preprocessing, honorsExifOrientation: Bool, weightsDigest: ContentDigest,
        arithmetic: ContentDigest
    ) {
        self.preprocessing = preprocessing
        self.honorsExifOrientation = honorsExifOrientation
        self.weightsDigest = weightsDigest
        self.arithmetic = arithmetic
    }

    /// The name under which the feature store keeps the features of a picture as it is.
    ///
    /// A limit of its own makes names of its own: what is stored was within another.
    func storeKey(picture: ContentDigest, pixelLimit: Int) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(field: "features 1")
        hasher.update(picture.bytes)
        hasher.update(field: preprocessing.rawValue)
        hasher.update(field: honorsExifOrientation ? "upright" : "as stored")
        hasher.update(weightsDigest.bytes)
        hasher.update(arithmetic.bytes)
        if pixelLimit != DecodingOptions.standardPixelLimit { hasher.update(field: "\(pixelLimit) pixels") }
        return hasher.finalize()
    }
}
