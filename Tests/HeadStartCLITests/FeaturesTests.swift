import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import HeadStartCLI

@Suite("Features as files")
struct FeaturesTests {
    @Test(
        "a photo's features are Keras'", .enabled(if: SharedFolder.isPresent, "../shared is absent"),
        arguments: ["rescale", "caffe"])
    func reference(preprocessing: String) throws {
        let folder = try TemporaryFolder()
        let picture = SharedFolder.path("data/hymenoptera/train/ants/0013035.jpg")
        let arguments = [
            "features", picture, "--weights", "random:7", "--preprocess", preprocessing, "--npy", folder.path,
            "--cache", folder.path("cache"),
        ]
        // Twice: what the feature store gives back is what was computed.
        for _ in 0..<2 {
            #expect(HeadStartCommand.execute(arguments) == 0)
            let array = try NumpyArray(path: folder.path("0013035.jpg.npy"))
            let golden = try NumpyArray(
                path: SharedFolder.path("golden/features/0013035.\(preprocessing).npy"))
            #expect(array.shape == [7, 7, 512] && array.type == "<f4")
            let ours = try #require(array.floats).map(Double.init)
            let theirs = try #require(golden.floats).map(Double.init)
            let error = zip(ours, theirs).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let size = theirs.reduce(0) { $0 + $1 * $1 }
            #expect((error / size).squareRoot() <= 1e-5)
        }
    }
}
