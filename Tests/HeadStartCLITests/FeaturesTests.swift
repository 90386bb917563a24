import Foundation
import Imaging
import ModelFiles
import TestSupport
import Testing

@testable import HeadStartCLI

@Suite("Features as files")
struct FeaturesTests {
    @Test(
        "a picture's features are Keras', with every preprocessing", arguments: ["rescale", "caffe", "torch"])
    func reference(preprocessing: String) throws {
        let folder = try TemporaryFolder()
        let reference = ReferenceFolder.own
        let pixels = try NumpyArray(path: reference.path("features/drawn.input_u8.npy"))
        let drawn = RGBImage(width: 224, height: 224, pixels: pixels.bytes)
        let picture = try folder.write("drawn.png", PNGEncoder.encode(drawn))
        let arguments = [
            "features", picture, "--weights", "random:7", "--preprocess", preprocessing, "--npy", folder.path,
            "--cache", folder.path("cache"),
        ]
        // Twice: what the feature store gives back is what was computed.
        for _ in 0..<2 {
            #expect(HeadStartCommand.execute(arguments) == 0)
            let array = try NumpyArray(path: folder.path("drawn.png.npy"))
            let golden = try NumpyArray(path: reference.path("features/drawn.\(preprocessing).npy"))
            #expect(array.shape == [7, 7, 512] && array.type == "<f4")
            let ours = try #require(array.floats).map(Double.init)
            let theirs = try #require(golden.floats).map(Double.init)
            let error = zip(ours, theirs).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let size = theirs.reduce(0) { $0 + $1 * $1 }
            #expect((error / size).squareRoot() <= 1e-5)
        }
    }
}
