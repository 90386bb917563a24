import Foundation
import Imaging
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

    @Test("a sheet shows the pictures row by row, with a gap between them")
    func sheet() throws {
        let folder = try TemporaryFolder()
        #expect(HeadStartCommand.execute(["sample", folder.path("s"), "--pictures", "1"]) == 0)
        let arguments = ["preview", folder.path("s/train"), "--png", folder.path("seen.png")]
        #expect(HeadStartCommand.execute(arguments + ["--npy", folder.path("out")]) == 0)
        let sheet = try ImageDecoder.decode(PictureFiles.read(folder.path("seen.png")))
        #expect(sheet.width == 452 && sheet.height == 452)
        for (name, left, top) in [("circles", 0, 0), ("squares", 228, 0), ("stripes", 0, 228)] {
            let array = try NumpyArray(path: folder.path("out/\(name)-0000.png.npy"))
            var cut: [UInt8] = []
            for row in top..<top + 224 {
                let start = (row * 452 + left) * 3
                cut += sheet.pixels[start..<start + 224 * 3]
            }
            #expect(NumpyArray(cut, shape: [224, 224, 3]) == array, "\(name)")
        }
        #expect(Set(sheet.pixels[224 * 3..<228 * 3]) == [128])
    }

    @Test("without flip and ranges a draw leaves a picture as it is")
    func ranges() throws {
        let folder = try TemporaryFolder()
        #expect(HeadStartCommand.execute(["sample", folder.path("s"), "--pictures", "2"]) == 0)
        func seen(_ name: String, _ options: [String]) throws -> NumpyArray {
            let arguments = ["preview", folder.path("s/val"), "--npy", folder.path(name)]
            #expect(HeadStartCommand.execute(arguments + options) == 0)
            return try NumpyArray(path: folder.path(name + "/circles-0002.png.npy"))
        }
        let still = ["--augment", "--shear", "0", "--zoom", "0", "--no-flip"]
        #expect(try seen("plain", []) == seen("still", still))
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
