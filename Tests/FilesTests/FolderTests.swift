import Foundation
import Glibc
import TestSupport
import Testing

@testable import Files

@Suite struct FolderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("names come in the order of their bytes, hidden ones too, and without the folder itself")
    func names() throws {
        for name in ["b", ".a", "\u{E9}", "B", "e\u{301}"] {
            try folder.write(name, [])
        }
        #expect(
            try Folder.names(in: folder.path).map(\.bytes)
                == [".a", "B", "b", "e\u{301}", "\u{E9}"].map { Array($0.utf8) })
        let missing = folder.path("none")
        #expect(throws: FileSystemError(.list, path: missing, code: ENOENT)) { try Folder.names(in: missing) }
    }

    @Test("a folder is made with those above it; one that is there is left as it is")
    func creating() throws {
        let path = folder.path("a/b/c")
        try Folder.create(path)
        try folder.write("a/b/c/file", [1])
        try Folder.create(path)
        #expect(access(path + "/file", F_OK) == 0)
        #expect(throws: FileSystemError(.create, path: path + "/file", code: ENOTDIR)) {
            try Folder.create(path + "/file")
        }
    }

    @Test("a lock is held against other holders until it is given up")
    func locking() throws {
        let path = folder.path("lock")
        let first = try OwnedFile(path, .updating)
        let second = try OwnedFile(path, .updating)
        #expect(try first.lock())
        #expect(try !second.lock())
        first.unlock()
        #expect(try second.lock())
        #expect(try second.isStillNamed())
        unlink(path)
        #expect(try !second.isStillNamed())
    }
}
