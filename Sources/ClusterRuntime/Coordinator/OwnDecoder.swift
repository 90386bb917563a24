import ContentAddressing
import Foundation
import Imaging
import TrainingProtocol
import VGGBackbone
import WireMessages

/// Decodes pictures that a worker reports as unreadable, on a thread of its own, so that no picture is left
/// out on the word of one worker.
struct OwnDecoder: Sendable {
    private let queue: CommandQueue<[RunPicture]>

    /// - Parameter report: called on that thread with the results.
    init(session: SessionConfiguration, report: @escaping @Sendable ([DecodedPicture]) -> Void) {
        let options = DecodingOptions(
            pixelLimit: session.pixelLimit, honorsExifOrientation: session.honorsExifOrientation)
        queue = CommandQueue(name: "decoder") {
            { pictures in report(pictures.map { Self.decode($0, options: options) }) }
        }
    }

    func decode(_ pictures: [RunPicture]) { queue.post(pictures) }

    /// The verdict on a picture; faults of this machine leave it undecided.
    static func decode(_ picture: RunPicture, options: DecodingOptions) -> DecodedPicture {
        func undecided(_ problem: String) -> DecodedPicture {
            DecodedPicture(digest: picture.digest, verdict: nil, problem: problem)
        }
        let bytes: [UInt8]
        do {
            bytes = try RunContent.read(picture.name, expecting: picture.digest)
        } catch let error as RunContentError {
            return undecided("\(error)")
        } catch {
            return undecided("its file can't be read here (\(error.localizedDescription)); see to its disk")
        }
        do throws(ImageDecodingError) {
            _ = try ImageDecoder.decode(bytes, fittedTo: VGGArchitecture.inputSize, options: options)
            return DecodedPicture(digest: picture.digest, verdict: .readable)
        } catch {
            if error.isFaultOfMachine { return undecided("\(error)") }
            return DecodedPicture(digest: picture.digest, verdict: .unreadable(reason: "\(error)"))
        }
    }
}
