import ContentAddressing
import Imaging
import TrainingProtocol
import VGGBackbone

/// One picture whose features are wanted.
package struct PictureTask: Sendable {
    /// The digest of the picture's bytes.
    package var digest: ContentDigest
    /// `nil` for the picture as it is.
    package var draw: AffineDraw?
    /// Gives the bytes when they are needed, on any thread; what it throws is the reason that is reported.
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

/// Bytes to the network's input: decode, fit, warp, preprocess.
struct PicturePreparation: Sendable {
    let decoding: DecodingOptions
    let preprocessing: Preprocessing

    /// (224, 224, 3) values, or why there are none, and what that took on the `threads`.
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

/// A picture as the network takes it, and the time it took on its thread.
struct PreparedPicture: Sendable {
    let input: Result<[Float], PictureProblem>
    let fetchingSeconds: Double
    let decodingSeconds: Double
}
