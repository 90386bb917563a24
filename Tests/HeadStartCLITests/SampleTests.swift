import ContentAddressing
import Foundation
import Imaging
import TestSupport
import Testing

@testable import HeadStartCLI

@Suite("Sample pictures")
struct SampleTests {
    private func files(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".png") }.sorted()
    }

    @Test("a folder is written with train and val, and a folder a class in each")
    func layout() throws {
        let folder = try TemporaryFolder()
        let target = folder.path + "/new"
        #expect(
            HeadStartCommand.execute(["sample", target, "--pictures", "5", "--classes", "checks,circles"])
                == 0)
        let expected = ["checks", "circles"].flatMap { kind in
            (0..<5).map { "train/\(kind)/\(kind)-000\($0).png" }
                + (5..<7).map { "val/\(kind)/\(kind)-000\($0).png" }
        }
        #expect(try files(in: target) == expected.sorted())
        let bytes = try PictureFiles.read(target + "/" + expected[0])
        let image = try ImageDecoder.decode(bytes)
        var drawing = SampleDrawing(kind: .checks, index: 0)
        expectSame(image, drawing.picture(of: .checks))
    }

    @Test("no two pictures are the same, and sizes vary")
    func variety() {
        var digests: Set<ContentDigest> = []
        var widths: Set<Int> = []
        for kind in SampleKind.allCases {
            for index in 0..<4 {
                var drawing = SampleDrawing(kind: kind, index: index)
                let picture = drawing.picture(of: kind)
                digests.insert(ContentDigest(hashing: picture.pixels))
                widths.insert(picture.width)
                #expect((224..<288).contains(picture.width) && (224..<288).contains(picture.height))
            }
        }
        #expect(digests.count == 4 * SampleKind.allCases.count)
        #expect(widths.count > 5)
    }

    @Test("a folder that holds something is refused and left as it is")
    func refusesExisting() throws {
        let folder = try TemporaryFolder()
        try folder.write("keep.txt", "mine".utf8)
        #expect(HeadStartCommand.execute(["sample", folder.path]) == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["keep.txt"])
    }
}

@Suite("Which pictures arguments name")
struct PictureFilesTests {
    @Test("folders are looked through in the order of training, files are taken as they are")
    func order() throws {
        let folder = try TemporaryFolder()
        for name in [
            "b/1.JPG", "b/deep/0.png", "b/z.tif", "a/x.jpeg", "a/notes.txt", "top.ppm", ".hidden/h.png",
        ] {
            try folder.write(name, [])
        }
        let found = try PictureFiles.expand([folder.path + "/", folder.path + "/a/notes.txt"])
        #expect(
            found.map { $0.replacing(folder.path + "/", with: "") } == [
                "top.ppm", "a/x.jpeg", "b/1.JPG", "b/z.tif", "b/deep/0.png", "a/notes.txt",
            ])
    }

    @Test("two pictures that would share an array file are refused, by name")
    func collision() throws {
        #expect(
            try PictureFiles.arrayFiles(for: ["a/1.png", "b/2.png"], in: "out") == [
                "out/1.png.npy", "out/2.png.npy",
            ])
        #expect(throws: CommandFailure.self) {
            try PictureFiles.arrayFiles(for: ["a/1.png", "b/1.png"], in: "out")
        }
    }
}
