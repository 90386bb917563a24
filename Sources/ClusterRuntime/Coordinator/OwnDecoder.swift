import ContentAddressing
import Foundation
import Imaging
import TrainingProtocol
import VGGBackbone
import WireMessages

/// The coordinator's own word on pictures that a worker can't read, found on a thread of its own: no picture
/// is left out because one worker says so.
struct OwnDecoder: Sendable {
    private let queue: CommandQueue<[RunPicture]>

    /// - Parameter report: called on that thread with what was found.
    init(session: SessionConfiguration, report: @escaping @Sendable ([DecodedPicture]) -> Void) {
        let options = DecodingOptions(
            pixelLimit: session.pixelLimit, honorsExifOrientation: session.honorsExifOrientation)
        queue = CommandQueue(name: "decoder") {
            { pictures in report(pictures.map { Self.decode($0, options: options) }) }
        }
    }

    func decode(_ pictures: [RunPicture]) { queue.post(pictures) }

    /// What the picture's bytes say; the machine's own faults say nothing of it.
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
