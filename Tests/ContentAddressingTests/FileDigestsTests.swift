import Files
import Foundation
import Glibc
import TestSupport
import Testing

@testable import ContentAddressing

@Suite("The digests of files, remembered")
struct FileDigestsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A memory as it is a minute from now, when files of now have settled.
    private func digests(later seconds: Double = 60) -> FileDigests {
        FileDigests(directory: folder.path("memory")) { Date().timeIntervalSince1970 + seconds }
    }

    private func known(_ path: String) -> ContentDigest? {
        var status = stat()
        return stat(path, &status) == 0 ? digests().known(status) : nil
    }

    @Test("a file that was hashed is known, until its bytes change, even at the same size and time")
    func remembers() throws {
        let path = try folder.write("a.png", "some bytes".utf8)
        let memory = digests()
        let found = try memory.digest(of: path)
        #expect(found.digest == ContentDigest(hashing: "some bytes".utf8) && found.byteCount == 10)
        #expect(known(path) == nil)
        memory.save()
        #expect(known(path) == found.digest)
        #expect(try digests().digest(of: path).digest == found.digest)

        var times = [timespec(), timespec()]
        var status = stat()
        #expect(stat(path, &status) == 0)
        times[0] = status.st_atim
        times[1] = status.st_mtim
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.write(contentsOf: Data("other byte".utf8))
        try handle.close()
        #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
        #expect(known(path) == nil)
        #expect(try digests().digest(of: path).digest == ContentDigest(hashing: "other byte".utf8))
    }

    @Test("a file that has just changed isn't remembered: it may change again within a tick of the clock")
    func racy() throws {
        let path = try folder.write("a.png", "some bytes".utf8)
        let memory = digests(later: 0)
        _ = try memory.digest(of: path)
        memory.save()
        #expect(known(path) == nil)
    }

    @Test("a memory that is damaged or can't be written costs time only")
    func damaged() throws {
        let path = try folder.write("a.png", "some bytes".utf8)
        let digest = ContentDigest(hashing: "some bytes".utf8)
        try folder.write("memory/files", [UInt8](repeating: 9, count: 500))
        let memory = digests()
        #expect(try memory.digest(of: path).digest == digest)
        memory.save()
        #expect(known(path) == digest)
        try FileManager.default.removeItem(atPath: folder.path("memory"))
        try folder.write("memory", [])
        let none = digests()
        #expect(try none.digest(of: path).digest == digest)
        none.save()
        #expect(known(path) == nil)
    }

    @Test("what can't be read is the same error as without a memory")
    func errors() throws {
        try folder.write("folder/a", [])
        for name in ["absent", "folder"] {
            let path = folder.path(name)
            let plain = try #require(throws: FileSystemError.self) {
                try ContentDigest.hashing(file: path)
            }
            #expect(throws: plain) { try digests().digest(of: path) }
        }
    }
}
