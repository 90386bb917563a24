import ContentAddressing
import Files
import Foundation
import Glibc
import TestSupport
import Testing

@testable import DatasetScanning

@Suite struct DatasetScannerTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// glibc's `setfsuid`, which Swift's module of it leaves out.
    private typealias SetFileUser = @convention(c) (uid_t) -> Int32

    private struct Golden: Decodable {
        let created: [String]
        let classIndices: [String: Int]
        let filenames: [String]
        let classes: [Int]

        enum CodingKeys: String, CodingKey {
            case created, filenames, classes
            case classIndices = "class_indices"
        }
    }

    @Test(
        "with hidden folders and empty classes allowed, the scan gives exactly Keras' classes and order",
        arguments: ReferenceFolder.all)
    func golden(reference: ReferenceFolder) throws {
        let golden = try JSONDecoder().decode(Golden.self, from: reference.data("scan/tree.json"))
        for file in golden.created {
            try folder.write(file, file.utf8)
        }
        let manifest = try DatasetScanner.scan(
            folder.path, options: ScanOptions(includesHiddenFolders: true, allowsEmptyClasses: true))
        #expect(manifest.classes.count == golden.classIndices.count)
        for (index, name) in manifest.classes.enumerated() {
            #expect(golden.classIndices[name] == index)
        }
        #expect(manifest.pictures.map(\.relativePath) == golden.filenames)
        #expect(manifest.pictures.map(\.classIndex) == golden.classes)
        let empty = Set(manifest.classes.indices).subtracting(golden.classes).sorted()
        #expect(manifest.notes == empty.map { "\(manifest.classes[$0]): a class without pictures" })
        #expect(manifest.unreadable.isEmpty)
    }

    @Test("the manifest is the same, whichever of its digests are remembered")
    func remembered() throws {
        for number in 0..<100 { try folder.write("data/\(number % 3)/\(number).png", "\(number % 40)".utf8) }
        func memory() -> FileDigests {
            FileDigests(directory: folder.path("memory")) { Date().timeIntervalSince1970 + 60 }
        }
        let plain = try DatasetScanner.scan(folder.path("data"))
        for _ in 0..<2 {
            let progress = ScanProgress()
            let scanned = try DatasetScanner.scan(folder.path("data"), digests: memory(), progress: progress)
            #expect(scanned.pictures == plain.pictures && scanned.digest == plain.digest)
            #expect(progress.pictures == (100, 100))
        }
        #expect(memory().count == 100)
        // One changes.
        try folder.write("data/0/0.png", "new".utf8)
        let changed = try DatasetScanner.scan(folder.path("data"), digests: memory())
        #expect(changed.pictures == (try DatasetScanner.scan(folder.path("data")).pictures))
        #expect(changed.pictures != plain.pictures)
    }

    @Test("a scan that is to stop reads no more, and gives no manifest")
    func stopped() throws {
        for name in ["a/1.png", "b/1.png"] { try folder.write(name, name.utf8) }
        let progress = ScanProgress()
        progress.stop()
        #expect(throws: DatasetError.self) {
            try DatasetScanner.scan(folder.path, progress: progress)
        }
        #expect(progress.pictures.read == 0)
    }

    @Test("hidden folders are left out at every depth, with a note")
    func hiddenFolders() throws {
        for file in [".cache/x.png", "a/1.png", "a/.ipynb_checkpoints/1-checkpoint.png", "b/2.png"] {
            try folder.write(file, file.utf8)
        }
        let manifest = try DatasetScanner.scan(folder.path)
        #expect(manifest.classes == ["a", "b"])
        #expect(manifest.pictures.map(\.relativePath) == ["a/1.png", "b/2.png"])
        #expect(
            manifest.notes == [
                ".cache: left out, a hidden folder", "a/.ipynb_checkpoints: left out, a hidden folder",
            ])
    }

    @Test("names are ordered by code points and folders by their whole paths, as Keras does")
    func order() throws {
        let files = [
            "c/a-b/1.png", "c/a/2.png", "c/a/x/3.png", "c/B.png", "c/_.png", "c/a.png", "d/\u{FF21}.png",
            "d/\u{1F600}.png",
        ]
        for file in files {
            try folder.write(file, file.utf8)
        }
        // In UTF-16 the emoji would come first; as whole paths "c/a-b" comes between "c/a" and "c/a/x".
        #expect(
            try DatasetScanner.scan(folder.path).pictures.map(\.relativePath) == [
                "c/B.png", "c/_.png", "c/a.png", "c/a/2.png", "c/a-b/1.png", "c/a/x/3.png", "d/\u{FF21}.png",
                "d/\u{1F600}.png",
            ])
    }

    @Test("a name's ending alone makes a picture, in any case and even without a dot, as in Keras")
    func endings() throws {
        for name in ["1.PNG", "2.Jpeg", "3.TIFF", "4.gif", "5.webp", "6.jpg.txt", "scanpng", "png", "ng"] {
            try folder.write("a/" + name, name.utf8)
        }
        try folder.write("b/1.bmp", [1])
        let names = try DatasetScanner.scan(folder.path).pictures.map(\.relativePath)
        #expect(names == ["a/1.PNG", "a/2.Jpeg", "a/3.TIFF", "a/png", "a/scanpng", "b/1.bmp"])
    }

    @Test("class names that differ only in how an accent is composed are two classes")
    func normalization() throws {
        let composed = "\u{E9}"
        let decomposed = "e\u{301}"
        try folder.write(composed + "/1.png", [1])
        try folder.write(decomposed + "/1.png", [2])
        let manifest = try DatasetScanner.scan(folder.path)
        #expect(manifest.classes.map { Array($0.utf8) } == [Array(decomposed.utf8), Array(composed.utf8)])
        #expect(
            manifest.pictures.map(\.digest) == [ContentDigest(hashing: [2]), ContentDigest(hashing: [1])])
        #expect(
            manifest.pictures[0]
                != PictureFile(
                    relativePath: composed + "/1.png", classIndex: 0, byteCount: 1,
                    digest: ContentDigest(hashing: [2])))
    }

    @Test("a picture or folder whose name isn't UTF-8 is left out with a note that shows its bytes")
    func notUTF8() throws {
        try folder.write("a/1.png", [1])
        try folder.write("b/1.png", [1])
        let picture = Array((folder.path + "/a/").utf8) + [0xFF] + Array(".png".utf8)
        let other = Array((folder.path + "/a/").utf8) + [0xFF] + Array(".txt".utf8)
        for path in [picture, other] {
            let descriptor = (path + [0]).withUnsafeBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_CREAT | O_WRONLY, 0o644) }
            }
            try #require(descriptor >= 0)
            close(descriptor)
        }
        let manifest = try DatasetScanner.scan(folder.path)
        #expect(manifest.pictures.count == 2)
        #expect(manifest.notes == ["a/\\xff.png: left out, its name is not UTF-8"])
    }

    @Test("links to folders and files are followed, also two to the same folder")
    func links() throws {
        try folder.write("elsewhere/1.png", [1])
        try folder.write("data/a/0.png", [0])
        try folder.write("data/b/0.png", [2])
        symlink(folder.path("elsewhere"), folder.path("data/a/x"))
        symlink(folder.path("elsewhere"), folder.path("data/a/y"))
        symlink(folder.path("elsewhere"), folder.path("data/c"))
        symlink("0.png", folder.path("data/b/1.png"))
        #expect(
            try DatasetScanner.scan(folder.path("data")).pictures.map(\.relativePath) == [
                "a/0.png", "a/x/1.png", "a/y/1.png", "b/0.png", "b/1.png", "c/1.png",
            ])
    }

    @Test("a link that leads to a folder above it is an error that names it", arguments: ["a/deep/up", "up"])
    func cycle(link: String) throws {
        try folder.write("a/deep/1.png", [1])
        try folder.write("b/1.png", [1])
        symlink(link == "up" ? folder.path : folder.path("a"), folder.path(link))
        #expect(throws: DatasetError.cycle(path: folder.path(link))) { try DatasetScanner.scan(folder.path) }
    }

    @Test("pictures that can't be opened, and what only bears a picture's name, are left out and listed")
    func unreadable() throws {
        try folder.write("a/1.png", [1])
        try folder.write("b/1.png", [1])
        symlink("nowhere", folder.path("a/broken.png"))
        symlink("loop.png", folder.path("a/loop.png"))
        symlink("/dev/zero", folder.path("b/zero.png"))
        mkfifo(folder.path("b/pipe.png"), 0o644)
        let manifest = try DatasetScanner.scan(folder.path)
        #expect(manifest.pictures.map(\.relativePath) == ["a/1.png", "b/1.png"])
        #expect(
            manifest.unreadable.map(\.relativePath) == [
                "a/broken.png", "a/loop.png", "b/pipe.png", "b/zero.png",
            ])
        #expect(manifest.unreadable.map(\.error.code) == [ENOENT, ELOOP, ENOTSUP, ENOTSUP])
    }

    @Test(
        "a folder that can't be listed is an error, since nobody knows what is missing")
    func unreadableFolder() throws {
        try folder.write("a/1.png", [1])
        try folder.write("b/1.png", [1])
        chmod(folder.path("b"), 0)
        // The superuser may list every folder; as a user of files, this thread (and only it) is somebody
        // else.
        let actAs = try #require(dlsym(nil, "setfsuid").map { unsafeBitCast($0, to: SetFileUser.self) })
        let user = actAs(65_534)
        defer { _ = actAs(uid_t(user)) }
        defer { chmod(folder.path("b"), 0o755) }
        #expect(throws: DatasetError.unreadable(FileSystemError(.list, path: folder.path("b"), code: EACCES)))
        {
            try DatasetScanner.scan(folder.path)
        }
    }

    @Test("each way in which a folder isn't a data set has its own error, which says what to do")
    func unsuitableFolders() throws {
        func check(_ expected: DatasetError, _ words: String, at path: String? = nil) {
            let error = #expect(throws: DatasetError.self) { try DatasetScanner.scan(path ?? folder.path) }
            #expect(error == expected)
            #expect(expected.description.contains(words))
        }
        check(.missing(path: folder.path("no")), "check the path", at: folder.path("no"))
        let file = try folder.write("1.png", [1])
        check(.notAFolder(path: file), "one folder per class", at: file)
        check(.noClasses(path: folder.path, pictureCount: 1), "pictures must lie in one folder per class")
        try folder.write("a/1.png", [1])
        check(.oneClass(path: folder.path, name: "a"), "another class")
        try folder.write("b/notes.txt", [1])
        check(.emptyClass(path: folder.path, name: "b", unreadableCount: 0), "--allow-empty-classes")
        symlink("nowhere", folder.path("b/broken.png"))
        check(.emptyClass(path: folder.path, name: "b", unreadableCount: 1), "1 that can't be read")
        unlink(folder.path("a/1.png"))
        let error = #expect(throws: DatasetError.self) {
            try DatasetScanner.scan(folder.path, options: ScanOptions(allowsEmptyClasses: true))
        }
        #expect(error == .noPictures(path: folder.path))
    }

    @Test("a class without pictures that is allowed gets a note")
    func emptyClassNote() throws {
        try folder.write("a/1.png", [1])
        try folder.write("b/notes.txt", [1])
        try folder.write("c/notes.txt", [1])
        let manifest = try DatasetScanner.scan(folder.path, options: ScanOptions(allowsEmptyClasses: true))
        #expect(manifest.notes == ["b: a class without pictures", "c: a class without pictures"])
        #expect(manifest.emptyClasses == [1, 2])
    }

    @Test("one class is enough where that is said")
    func oneClass() throws {
        try folder.write("a/1.png", [1])
        let manifest = try DatasetScanner.scan(folder.path, options: ScanOptions(minimumClasses: 1))
        #expect(manifest.classes == ["a"] && manifest.pictures.count == 1)
    }

    @Test("the pictures of any folder come in training's order, its own first, and a circle is an error")
    func anyFolder() throws {
        for file in ["z.png", "c/a/x/3.png", "c/a-b/1.png", "c/a/2.png", "d/jpg", "notes.txt", ".h/4.png"] {
            try folder.write(file, file.utf8)
        }
        let (paths, notes) = try DatasetScanner.pictures(in: folder.path)
        #expect(paths == ["z.png", "c/a/2.png", "c/a-b/1.png", "c/a/x/3.png", "d/jpg"])
        #expect(notes == [".h: left out, a hidden folder"])
        symlink(folder.path, folder.path("d/round"))
        #expect(throws: DatasetError.cycle(path: folder.path("d/round"))) {
            try DatasetScanner.pictures(in: folder.path)
        }
    }

    @Test("when pictures are left out later, the rest must satisfy the same rules")
    func leavingOut() throws {
        for file in ["a/1.png", "a/2.png", "b/1.png"] {
            try folder.write(file, file.utf8)
        }
        let manifest = try DatasetScanner.scan(folder.path)
        let fewer = manifest.keeping { $0.relativePath != "a/1.png" }
        try fewer.check(ScanOptions())
        #expect(fewer.pictures.map(\.relativePath) == ["a/2.png", "b/1.png"])
        #expect(fewer.digest != manifest.digest)
        let none = manifest.keeping { $0.classIndex == 0 }
        #expect(throws: DatasetError.emptyClass(path: folder.path, name: "b", unreadableCount: 0)) {
            try none.check(ScanOptions())
        }
        try none.check(ScanOptions(allowsEmptyClasses: true))
    }

    @Test("the digest is that of classes, paths and contents, wherever the folder lies and whoever scans it")
    func digest() throws {
        for root in ["one", "two"] {
            for index in 0..<600 {
                try folder.write("\(root)/\(index % 2)/\(index).jpg", [UInt8(index % 251)])
            }
        }
        let progress = ScanProgress()
        let first = try DatasetScanner.scan(folder.path("one"), progress: progress)
        #expect(progress.pictures == (600, 600))
        let second = try DatasetScanner.scan(folder.path("two") + "/")
        #expect(first.digest == second.digest && first.pictures == second.pictures)
        #expect(first.pictures.allSatisfy { $0.byteCount == 1 })

        try folder.write("two/1/599.jpg", [255])
        let changed = try DatasetScanner.scan(folder.path("two"))
        #expect(changed.digest != first.digest)
        rename(folder.path("two/1/599.jpg"), folder.path("two/1/600.jpg"))
        #expect(try DatasetScanner.scan(folder.path("two")).digest != changed.digest)
    }
}
