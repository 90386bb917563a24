import Foundation
import Glibc
import TestSupport
import Testing

@testable import Files

@Suite struct DurableFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    private func content(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: path)))
    }

    @Test("a file is written whole, with its permissions, and nothing else remains in the folder")
    func writes() throws {
        let path = folder.path("token")
        try DurableFile.write(path, bytes: [1, 2, 3])
        #expect(try content(path) == [1, 2, 3])
        #expect(try names(in: folder.path) == ["token"])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("a longer old file is replaced, not overwritten in place")
    func replaces() throws {
        let path = try folder.write("model", Array(repeating: 9, count: 1000))
        let old = try OwnedFile(path, .reading)
        try DurableFile.write(path) { (content: inout DurableFile.Content) throws(FileSystemError) in
            try content.append([1])
            try content.append(floats: [1.5])
        }
        #expect(try content(path) == [1, 0, 0, 0xC0, 0x3F])
        #expect(try old.status().st_size == 1000)
    }

    @Test("a body that fails leaves the old file as it was, and no temporary one")
    func bodyFails() throws {
        let path = try folder.write("model", [7])
        let fault = FileSystemError(.read, path: "source", code: EIO)
        #expect(throws: fault) {
            try DurableFile.write(path) { (content: inout DurableFile.Content) throws(FileSystemError) in
                try content.append([1, 2])
                throw fault
            }
        }
        #expect(try content(path) == [7])
        #expect(try names(in: folder.path) == ["model"])
    }

    @Test("errors name the operation, the target and the remedy")
    func errors() throws {
        let missing = folder.path("no/model")
        #expect(throws: FileSystemError(.create, path: missing, code: ENOENT)) {
            try DurableFile.write(missing, bytes: [])
        }
        let taken = try folder.write("taken/file", [1])
        let inTheWay = folder.path("taken")
        let error = #expect(throws: FileSystemError.self) { try DurableFile.write(inTheWay, bytes: [1]) }
        #expect(error?.operation == .rename && error?.path == inTheWay)
        #expect(try names(in: folder.path) == ["taken"])
        #expect(try content(taken) == [1])
        #expect(
            FileSystemError(.write, path: "/runs/a", code: ENOSPC).description
                == "can't write /runs/a: No space left on device;"
                + " free some space there or choose a folder on another disk"
        )
    }

    @Test("a name too long for the file system is an error, not a truncated name")
    func longName() throws {
        let path = folder.path(String(repeating: "x", count: 300))
        #expect(throws: FileSystemError(.create, path: path, code: ENAMETOOLONG)) {
            try DurableFile.write(path, bytes: [1])
        }
    }

    @Test("writing to a full device is a typed error")
    func fullDevice() throws {
        let device = try OwnedFile("/dev/full", .updating)
        let byte: [UInt8] = [1]
        #expect(throws: FileSystemError(.write, path: "/dev/full", code: ENOSPC)) {
            try byte.withUnsafeBytes { try device.write($0) }
        }
    }

    @Test(
        "a full disk is a typed error that leaves the old file and no temporary one",
        .enabled(if: TinyDisk.canMount))
    func fullDisk() throws {
        let disk = try TinyDisk(at: folder.path, kilobytes: 64)
        let path = disk.path + "/checkpoint"
        try DurableFile.write(path, bytes: Array(repeating: 1, count: 20_000))
        #expect(throws: FileSystemError(.write, path: path, code: ENOSPC)) {
            try DurableFile.write(path, bytes: Array(repeating: 2, count: 80_000))
        }
        expectSame(try content(path), Array(repeating: 1, count: 20_000))
        #expect(try names(in: disk.path) == ["checkpoint"])
        try DurableFile.write(path, bytes: Array(repeating: 3, count: 30_000))
        #expect(try content(path).count == 30_000)
    }

    @Test("writers of one name at once leave one writer's whole file")
    func concurrentWriters() async throws {
        let path = folder.path("shared")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for _ in 0..<5 {
                        try DurableFile.write(path, bytes: Array(repeating: UInt8(writer), count: 50_000))
                    }
                }
            }
            try await group.waitForAll()
        }
        let bytes = try content(path)
        #expect(bytes.count == 50_000 && Set(bytes).count == 1)
        #expect(try names(in: folder.path) == ["shared"])
    }

    @Test("what killed writers left is removed, and nothing else")
    func leftovers() throws {
        for name in [".model.12.0.headstart-partial", "model", ".hidden"] {
            try folder.write(name, [1])
        }
        try DurableFile.removeLeftovers(in: folder.path)
        #expect(try names(in: folder.path) == [".hidden", "model"])
    }

    @Test("a finished file is moved over an old one")
    func moves() throws {
        let finished = try folder.write("finished", [5])
        let path = try folder.write("final", [6, 7])
        try DurableFile.move(finished, to: path)
        #expect(try content(path) == [5])
        #expect(try names(in: folder.path) == ["final"])
    }
}

/// A file system in memory with a few kilobytes, for as long as this value lives.
private final class TinyDisk {
    let path: String

    /// Whether this process may mount; probed once, since containers refuse even the superuser.
    static let canMount: Bool = {
        guard let folder = try? TemporaryFolder() else { return false }
        return (try? TinyDisk(at: folder.path, kilobytes: 64)) != nil
    }()

    init(at path: String, kilobytes: Int) throws {
        self.path = path
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            throw FileSystemError(.create, path: path)
        }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }
}
