import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import HeadStartCLI

@Suite("Preview shows what the network sees")
struct PreviewTests {
    @Test(
        "a photo is what Keras decodes",
        .enabled(if: SharedFolder.isPresent, "../shared is absent"))
    func decoded() throws {
        let folder = try TemporaryFolder()
        let picture = SharedFolder.path("golden/decode/images/hopper.png")
        #expect(HeadStartCommand.execute(["preview", picture, "--npy", folder.path]) == 0)
        #expect(
            try NumpyArray(path: folder.path + "/hopper.png.npy")
                == NumpyArray(path: SharedFolder.path("golden/decode/hopper.png.npy")))
    }

    @Test("an augmented picture depends on seed and epoch, and is the same every time")
    func augmented() throws {
        let folder = try TemporaryFolder()
        #expect(HeadStartCommand.execute(["sample", folder.path + "/s", "--pictures", "1"]) == 0)
        let picture = folder.path + "/s/train/circles/circles-0000.png"
        func seen(_ options: [String]) throws -> NumpyArray {
            #expect(
                HeadStartCommand.execute(["preview", picture, "--npy", folder.path + "/out"] + options) == 0)
            return try NumpyArray(path: folder.path + "/out/circles-0000.png.npy")
        }
        let plain = try seen([])
        let first = try seen(["--augment"])
        #expect(plain.shape == [224, 224, 3] && plain.type == "|u1")
        #expect(try seen(["--augment", "--seed", "0", "--epoch", "0"]) == first)
        #expect(plain != first)
        #expect(try seen(["--augment", "--epoch", "1"]) != first)
        #expect(try seen(["--augment", "--seed", "1"]) != first)
    }

    @Test("a picture that can't be read is named, and the others are done")
    func problems() throws {
        let folder = try TemporaryFolder()
        #expect(HeadStartCommand.execute(["sample", folder.path + "/s", "--pictures", "1"]) == 0)
        try folder.write("bad.png", "no picture".utf8)
        let arguments = [
            "preview", folder.path + "/bad.png", folder.path + "/s/val", "--npy", folder.path + "/out",
        ]
        #expect(HeadStartCommand.execute(arguments) == 1)
    }
}
