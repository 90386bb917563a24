import ContentAddressing
import Foundation

/// Decodes and warps a few built-in pictures. Workers with equal digests decode and warp to the same bits;
/// digests differ if the codec libraries' versions round differently.
package enum ImagingSelfTest {
    /// The digest of the built-in pictures' pixels, resized as in training, and of one warped picture.
    ///
    /// Takes a few milliseconds. Throws an `ImageDecodingError` if a codec refuses a valid picture.
    package static func digest() throws(ImageDecodingError) -> ContentDigest {
        var hasher = ContentHasher()
        // Change this whenever the rules for refusing files change, so that verdicts remembered under other
        // rules become invalid. Some rules depend on the JPEG library.
        hasher.update(field: "refusals 2")
        hasher.update(field: JPEGDecoding.guessesAsPillow ? "every JPEG" : "some JPEG")
        for (index, file) in pictures.enumerated() {
            let image = try ImageDecoder.decode(file.bytes, fittedTo: 32)
            hasher.update(field: file.name)
            hasher.update(image.pixels)
            if index == 0 {
                let draw = AffineDraw(
                    thetaDegrees: 7, tx: 1.5, ty: -0.75, shearDegrees: 11, zx: 0.9, zy: 1.1,
                    flipHorizontal: true)
                hasher.update(floats: image.warped(by: draw).values)
            }
        }
        return hasher.finalize()
    }

    /// The built-in pictures' files, each with a description.
    package static var pictures: [(name: String, bytes: [UInt8])] {
        SelfTestPictures.files.map { file in
            guard let bytes = Data(base64Encoded: file.base64) else {
                preconditionFailure("the built-in \(file.name) is not base64")
            }
            return (file.name, [UInt8](bytes))
        }
    }
}
