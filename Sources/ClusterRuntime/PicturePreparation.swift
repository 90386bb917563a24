import ContentAddressing
import Dispatch
import Imaging
import Synchronization
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

    /// (224, 224, 3) values, or why there are none.
    func input(of task: PictureTask) -> Result<[Float], PictureProblem> {
        do {
            let image = try ImageDecoder.decode(
                task.load(), fittedTo: VGGArchitecture.inputSize, options: decoding)
            let pixels = task.draw.map { image.warped(by: $0) } ?? FloatImage(image)
            return .success(preprocessing.apply(pixels.values))
        } catch {
            return .failure(PictureProblem(String(describing: error)))
        }
    }
}

/// The preparation of some pictures, on other threads, while the owner does something else.
final class PreparedBatch: Sendable {
    private let inputs: Mutex<[Result<[Float], PictureProblem>?]>
    private let work = DispatchGroup()

    /// Begins at once, with a thread for each picture as far as cores allow.
    init(_ tasks: [PictureTask], preparation: PicturePreparation) {
        inputs = Mutex(Array(repeating: nil, count: tasks.count))
        DispatchQueue.global().async(group: work) {
            DispatchQueue.concurrentPerform(iterations: tasks.count) { index in
                let input = preparation.input(of: tasks[index])
                self.inputs.withLock { $0[index] = input }
            }
        }
    }

    /// Waits for the end and gives the inputs in the order of the tasks.
    func wait() -> [Result<[Float], PictureProblem>] {
        work.wait()
        return inputs.withLock { inputs in
            inputs.map { $0 ?? .failure(PictureProblem("the picture was not prepared; run it again")) }
        }
    }
}
