import ContentAddressing
import ExactArithmetic
import Imaging
import VGGBackbone

/// Everything that a picture's features depend on besides its bytes and its augmentation.
package struct FeatureRecipe: Sendable, Hashable {
    package var preprocessing: Preprocessing
    package var honorsExifOrientation: Bool
    /// The digest of the backbone's tensors (`BackboneWeights.digest`).
    package var weightsDigest: ContentDigest
    /// The digest of the self-tests of codecs and kernels (`ArithmeticFingerprint`).
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

    /// The feature store's key for the features of an unaugmented picture.
    ///
    /// A pixel limit other than the standard changes the key, since stored features passed another limit.
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
