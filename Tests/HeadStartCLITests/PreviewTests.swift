import Foundation
import Imaging
import ModelFiles
import TestSupport
import Testing

@testable import HeadStartCLI

@Suite("Preview shows what the network sees")
struct PreviewTests {
    @Test(
        "a picture is what Keras decodes")
    func decoded() throws {
        let folder = try TemporaryFolder()
        let picture = ReferenceFolder.own.path("decode/images/photo.png")
        #expect(HeadStartCommand.execute(["preview", picture, "--npy", folder.path]) == 0)
        #expect(
            try NumpyArray(path: folder.path + "/photo.png.npy")
                == NumpyArray(path: ReferenceFolder.own.path("decode/photo.png.npy")))
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

    /// The (224, 224, 3) values of a sheet's cell.
    private func cut(_ sheet: RGBImage, at origin: (left: Int, top: Int)) -> NumpyArray {
        var pixels: [UInt8] = []
        for row in origin.top..<origin.top + 224 {
            let start = (row * sheet.width + origin.left) * 3
            pixels += sheet.pixels[start..<start + 224 * 3]
        }
        return NumpyArray(pixels, shape: [224, 224, 3])
    }

    @Test("a sheet shows each picture with its name below, and beside it what augmentation makes of it")
    func sheet() throws {
        let folder = try TemporaryFolder()
        #expect(HeadStartCommand.execute(["sample", folder.path("s"), "--pictures", "1"]) == 0)
        func preview(_ name: String, _ options: [String]) throws -> RGBImage {
            let arguments = ["preview", folder.path("s/train"), "--png", folder.path(name + ".png")]
            #expect(HeadStartCommand.execute(arguments + ["--npy", folder.path(name)] + options) == 0)
            return try ImageDecoder.decode(PictureFiles.read(folder.path(name + ".png")))
        }
        let plain = try preview("plain", [])
        let pairs = try preview("pairs", ["--augment", "--seed", "3"])
        for (cell, name) in ["circles", "squares", "stripes"].enumerated() {
            func array(_ run: String) throws -> NumpyArray {
                try NumpyArray(path: folder.path("\(run)/\(name)-0000.png.npy"))
            }
            let single = ContactSheet(count: 3)
            expectSame(try cut(plain, at: single.origin(cell: cell)), try array("plain"))
            let double = ContactSheet(count: 3, picturesPerCell: 2)
            expectSame(try cut(pairs, at: double.origin(cell: cell)), try array("plain"))
            expectSame(try cut(pairs, at: double.origin(cell: cell, place: 1)), try array("pairs"))
            #expect(try array("plain") != array("pairs"))
        }
        // The first label begins with the stem of the "c" of circles: ink in its third row of pixels.
        let below = ContactSheet(count: 3).origin(cell: 0)
        let rows = (0..<14).map { row in
            (0..<12).map { column in
                let place = ((below.top + 230 + row) * plain.width + below.left + column) * 3
                return plain.pixels[place] == 30 ? "#" : "."
            }.joined()
        }
        #expect(
            rows.joined(separator: "\n") == """
                ............
                ............
                ............
                ............
                ..######....
                ..######....
                ##..........
                ##..........
                ##..........
                ##..........
                ##..........
                ##..........
                ..######....
                ..######....
                """)
    }

    @Test("a label that is too long keeps its end; letters that aren't drawn are boxes")
    func labels() {
        #expect(ContactSheet.fitted("ants") == "ants")
        #expect(ContactSheet.fitted("1519368889_4270261ee3.jpg") == ".._4270261ee3.jpg")
        #expect(ContactSheet.fitted("1519368889_4270261ee3.jpg").count == ContactSheet.lettersPerLine)
        let corners = [(0, 0), (0, 4), (6, 0), (6, 4)]
        for scalar in ["ä", "\u{1F41D}", "\n"] as [Unicode.Scalar] {
            #expect(corners.allSatisfy { BitmapFont.isInk(scalar, row: $0.0, column: $0.1) })
            #expect(!BitmapFont.isInk(scalar, row: 3, column: 2))
        }
        for value in 0x21..<0x7F as Range<UInt32> {
            let scalar = Unicode.Scalar(value) ?? " "
            let drawn = (0..<7).contains { row in
                (0..<5).contains { BitmapFont.isInk(scalar, row: row, column: $0) }
            }
            #expect(drawn, "\(scalar)")
        }
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
