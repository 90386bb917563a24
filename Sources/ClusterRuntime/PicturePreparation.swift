import ContentAddressing
import Imaging
import TrainingProtocol
import VGGBackbone

/// A picture to extract features from.
package struct PictureTask: Sendable {
    package var digest: ContentDigest
    /// The augmentation; `nil` for none.
    package var draw: AffineDraw?
    /// Returns the bytes when they are needed, on any thread; an error that it throws is reported as the
    /// reason.
    package var load: @Sendable () throws -> [UInt8]

    package init(
        digest: ContentDigest, draw: AffineDraw? = nil, load: @escaping @Sendable () throws -> [UInt8]
    ) {
        self.digest = digest
        self.draw = draw
        self.load = load
    }
}

/// Why a picture has no features.
package struct PictureProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Turns a picture's bytes into the network's input: decode, fit, warp, preprocess.
struct PicturePreparation: Sendable {
    let decoding: DecodingOptions
    let preprocessing: Preprocessing

    /// The (224, 224, 3) values of the input, or why there are none, and the time it took on `threads`.
    func input(of task: PictureTask, on threads: PictureThreads) -> PreparedPicture {
        let clock = ContinuousClock()
        let start = clock.now
        var fetched = start
        let input = Result {
            let bytes = try task.load()
            return try threads.computing {
                fetched = clock.now
                let image = try ImageDecoder.decode(
                    bytes, fittedTo: VGGArchitecture.inputSize, options: decoding)
                let pixels = task.draw.map { image.warped(by: $0) } ?? FloatImage(image)
                return preprocessing.apply(pixels.values)
            }
        }.mapError { PictureProblem(String(describing: $0)) }
        return PreparedPicture(
            input: input, fetchingSeconds: (fetched - start).inSeconds,
            decodingSeconds: (clock.now - fetched).inSeconds)
    }
}

/// A picture as the network's input, and the time that it took.
struct PreparedPicture: Sendable {
    let input: Result<[Float], PictureProblem>
    let fetchingSeconds: Double
    let decodingSeconds: Double
}
