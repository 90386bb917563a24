import ClusterTestSupport
import ContentAddressing
import Foundation
import TestSupport
import Testing

@testable import ClusterRuntime

/// What users get wrong, with the program as they start it: exit 1, one line, and nothing lost.
@Suite(
    "Bad input gets one line that says what is wrong and what to do", .serialized, .ending)
struct BadInputTests {
    private func expectError(
        _ arguments: [String], _ parts: [String], status: Int32 = 1,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let finished = try Program.run(arguments)
        #expect(finished.status == status, "\(finished.errors)", sourceLocation: sourceLocation)
        #expect(finished.errorLines.count == 1, "\(finished.errors)", sourceLocation: sourceLocation)
        for part in parts {
            #expect(finished.errors.contains(part), "\(finished.errors)", sourceLocation: sourceLocation)
        }
        #expect(finished.errorLines.first?.contains("; ") == true, sourceLocation: sourceLocation)
    }

    private func train(_ data: String, _ folder: TemporaryFolder, _ more: [String] = []) -> [String] {
        [
            "train", data, "--out", folder.path("run"), "--weights", "random:7", "--cache",
            folder.path("cache"),
        ] + more
    }

    @Test("a missing folder, an empty one, one without classes, one class only, and a class without pictures")
    func folders() throws {
        let folder = try TemporaryFolder()
        try expectError(train(folder.path("absent"), folder), [folder.path("absent")])
        try FileManager.default.createDirectory(
            atPath: folder.path("empty"), withIntermediateDirectories: true)
        try expectError(train(folder.path("empty"), folder), [folder.path("empty")])
        try folder.write("flat/a.png", [1])
        try expectError(train(folder.path("flat"), folder), [folder.path("flat")])
        try folder.write("single/ants/a.png", [1])
        try expectError(train(folder.path("single"), folder), ["ants"])
        try folder.write("hollow/ants/a.png", [1])
        try FileManager.default.createDirectory(
            atPath: folder.path("hollow/bees"), withIntermediateDirectories: true)
        try expectError(train(folder.path("hollow"), folder), ["bees"])
    }

    @Test("a split that leaves a class nothing to train on, since its pictures are copies of others")
    func emptiedClass() throws {
        let folder = try TemporaryFolder()
        // The picture of class a that goes to validation: the first by the digest of seed 0 and its own.
        func key(_ byte: UInt8) -> ContentDigest {
            var hasher = ContentHasher()
            hasher.update(bigEndian: UInt64(0))
            hasher.update(ContentDigest(hashing: [byte]).bytes)
            return hasher.finalize()
        }
        for byte in [UInt8(1), 2] { try folder.write("copies/a/\(byte).png", [byte]) }
        try folder.write("copies/b/copy.png", [key(1) < key(2) ? 1 : 2])
        try expectError(
            train(folder.path("copies"), folder, ["--validation-split", "0.5"]),
            [folder.path("copies"), "class b", "--allow-empty-classes"])
    }

    @Test("a validation class whose name is composed otherwise than the training class'")
    func otherComposition() throws {
        let folder = try TemporaryFolder()
        for name in ["train/\u{E9}", "train/b", "val/e\u{301}"] { try folder.write(name + "/1.png", [1]) }
        try expectError(
            train(folder.path("train"), folder, ["--validation", folder.path("val")]),
            [folder.path("val"), "not among the training classes"])
    }

    @Test("a validation folder may hold one class only, and so may the one that a model is measured on")
    func oneClassToMeasureBy() throws {
        let run = try LocalRun(pictures: 2)
        for name in ["squares", "stripes"] {
            try FileManager.default.removeItem(atPath: run.folder.path("data/val/" + name))
        }
        _ = try run.train(run: "run", epochs: 1)
        let measured = try Program.run([
            "evaluate", run.folder.path("data/val"), "--model", run.folder.path("run"), "--cache",
            run.folder.path("cache"),
        ])
        #expect(measured.status == 0, "\(measured.errors)")
    }

    @Test("the address that workers are told to dial is this host's where every address is listened at")
    func dialableAddress() {
        for endpoint in ["tcp://0.0.0.0:7733", "tcp://*:7733", "tcp://[::]:7733"] {
            #expect(dialable(endpoint, host: "desk") == "tcp://desk:7733")
        }
        #expect(dialable("tcp://10.0.0.1:7733", host: "desk") == "tcp://10.0.0.1:7733")
    }

    @Test(
        "damaged pictures and files that are none are left out, listed and counted; with --strict they end the run"
    )
    func damagedPictures() throws {
        let run = try LocalRun(pictures: 4)
        let good = try Data(
            contentsOf: URL(filePath: run.folder.path("data/train/circles/") + firstPicture(run)))
        try run.folder.write("data/train/circles/zz-cut.png", good.prefix(good.count / 2))
        try run.folder.write("data/train/squares/zz-text.jpg", Array("hello".utf8))
        try run.folder.write("data/val/squares/zz-empty.png", [UInt8]())
        let finished = try Program.run(run.arguments(run: "run", epochs: 1))
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.output.contains("3 pictures were left out"))
        let problems = try String(contentsOfFile: run.folder.path("run/problems.csv"), encoding: .utf8)
        for name in ["zz-cut.png", "zz-text.jpg", "zz-empty.png"] { #expect(problems.contains(name)) }
        #expect(problems.split(separator: "\n").count == 4)
        let strict = try Program.run(run.arguments(run: "strict", epochs: 1, ["--strict"]))
        #expect(strict.status == 1)
        #expect(strict.errorLines.first?.contains("zz-cut.png") == true, "\(strict.errors)")
    }

    private func firstPicture(_ run: LocalRun) throws -> String {
        try #require(
            FileManager.default.contentsOfDirectory(atPath: run.folder.path("data/train/circles")).sorted()
                .first)
    }

    @Test("weights that are missing, cut, or of another network")
    func weights() throws {
        let run = try LocalRun(pictures: 2)
        let data = run.folder.path("data/train")
        try expectError(
            ["train", data, "--out", run.folder.path("a"), "--weights", run.folder.path("absent.h5")],
            ["absent.h5"])
        try expectError(
            [
                "train", data, "--out", run.folder.path("b"), "--weights", "imagenet", "--cache",
                run.folder.path("c"),
            ],
            ["headstart weights fetch"])
        try run.folder.write(
            "cut.h5", Array("\u{89}HDF\r\n\u{1a}\n".utf8) + [UInt8](repeating: 0, count: 100))
        try expectError(
            ["train", data, "--out", run.folder.path("d"), "--weights", run.folder.path("cut.h5")], ["cut.h5"]
        )
    }

    @Test("weights of another network, named with both networks")
    func weightsOfAnotherNetwork() throws {
        let run = try LocalRun(pictures: 2)
        let file = ReferenceFolder.own.path("weights/vgg19.weights.h5")
        try expectError(
            ["train", run.folder.path("data/train"), "--out", run.folder.path("a"), "--weights", file]
                + ["--backbone", "vgg16", "--cache", run.folder.path("cache")],
            ["vgg19", "vgg16", "--backbone"])
        // A run that could not begin leaves no folder behind.
        #expect(!FileManager.default.fileExists(atPath: run.folder.path("a")))
    }

    @Test("a run folder that exists is not touched")
    func outputExists() throws {
        let run = try LocalRun(pictures: 2)
        try run.folder.write("run/precious.txt", Array("keep".utf8))
        try expectError(run.arguments(run: "run"), ["--resume"])
        #expect(try String(contentsOfFile: run.folder.path("run/precious.txt"), encoding: .utf8) == "keep")
        try expectError(run.arguments(run: "nothing", ["--resume"]), ["--resume"])
    }

    @Test("an output folder that can't be made")
    func outputCannotBeMade() throws {
        let run = try LocalRun(pictures: 2)
        try run.folder.write("file", [1])
        try expectError(run.arguments(run: "file/run"), ["file/run", "not a folder"])
    }

    @Test("a port in use")
    func portInUse() throws {
        let run = try LocalRun(pictures: 2)
        let address = try LocalRun.address()
        let first = try Program.Running(run.arguments("coordinator", run: "first", ["--listen", address]))
        #expect(first.wait { $0.contains("listening at") })
        try expectError(run.arguments("coordinator", run: "second", ["--listen", address]), ["in use"])
    }

    @Test("a coordinator that isn't there: the worker says so while it waits, and gives up after its bound")
    func noCoordinator() throws {
        let address = try LocalRun.address()
        let start = Date()
        try expectError(
            ["worker", "--connect", address, "--connect-timeout", "7"],
            [address, "nothing listens", "--connect-timeout", "waiting for a coordinator"], status: 69)
        #expect(Date().timeIntervalSince(start) < 30)
    }

    @Test("a loss that is not finite stops the run and names step and pictures")
    func nonFiniteLoss() throws {
        let run = try LocalRun(pictures: 4)
        let finished = try Program.run(
            run.arguments(run: "run", epochs: 40, ["--augment", "none", "--learning-rate", "1e30"]))
        #expect(finished.status == 1)
        let line = try #require(finished.errorLines.first)
        #expect(line.contains("step"))
        #expect(line.contains(".png"))
        #expect(line.contains("--learning-rate"))
    }

    @Test(
        "a full disk while a checkpoint is written stops the run and leaves the older checkpoints",
        .enabled(if: getuid() == 0, "mounting a small file system needs root"))
    func fullDisk() throws {
        let run = try LocalRun(pictures: 4)
        let mount = run.folder.path("small")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        // Room for one checkpoint of 77 MB and not for two.
        let mounted = Process()
        mounted.executableURL = URL(filePath: "/bin/mount")
        mounted.arguments = ["-t", "tmpfs", "-o", "size=120m", "tmpfs", mount]
        try mounted.run()
        mounted.waitUntilExit()
        try #require(mounted.terminationStatus == 0)
        defer { umount2(mount, Int32(MNT_DETACH)) }
        let finished = try Program.run(run.arguments(run: "small/run", epochs: 4))
        #expect(finished.status == 1)
        #expect(finished.errorLines.count == 1)
        #expect(finished.errorLines.first?.contains("No space left on device") == true, "\(finished.errors)")
        #expect(finished.errorLines.first?.contains("free some space") == true)
        let left = try FileManager.default.contentsOfDirectory(atPath: mount + "/run/checkpoints")
        #expect(left.count == 1 && left.allSatisfy { $0.hasSuffix(".checkpoint") })
    }
}
