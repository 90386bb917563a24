import ContentAddressing
import Foundation

/// What this machine makes of a few built-in pictures. Workers whose digests agree decode and warp to the
/// same bits; they differ where the codec libraries are of versions that round otherwise.
package enum ImagingSelfTest {
    /// The digest of the pixels of the built-in pictures, resized as in training, and of one of them warped.
    ///
    /// Takes a few milliseconds. Throws an `ImageDecodingError` if a codec refuses a picture that is sound.
    package static func digest() throws(ImageDecodingError) -> ContentDigest {
        var hasher = ContentHasher()
        // To be changed with the rules by which files are refused, so that what was remembered of files by
        // other rules counts no more. Some rules hang on the JPEG library.
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

    /// The files of the built-in pictures, each with what it is.
    package static var pictures: [(name: String, bytes: [UInt8])] {
        SelfTestPictures.files.map { file in
            guard let bytes = Data(base64Encoded: file.base64) else {
                preconditionFailure("the built-in \(file.name) is not base64")
            }
            return (file.name, [UInt8](bytes))
        }
    }
}
