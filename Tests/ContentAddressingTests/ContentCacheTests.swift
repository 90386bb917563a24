import Files
import Foundation
import Glibc
import TestSupport
import Testing

@testable import ContentAddressing

@Suite struct ContentCacheTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func cache(capacityBytes: Int = 1 << 20) throws -> ContentCache {
        try ContentCache(directory: folder.path("cache"), capacityBytes: capacityBytes)
    }

    /// Sets when an object was last used, in seconds.
    private func age(_ path: String, to seconds: Int) {
        utimensat(
            AT_FDCWD, path, [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)], 0)
    }

    @Test("content is found by its digest, by every cache in the folder, and nothing else is")
    func storing() throws {
        let content = Array("a picture".utf8)
        let digest = try cache().store(content)
        #expect(digest == ContentDigest(hashing: content))
        let other = try cache()
        expectSame(other.read(digest), content)
        let hex = digest.hex
        #expect(other.path(for: digest) == folder.path("cache/objects/\(hex.prefix(2))/\(hex.dropFirst(2))"))
        #expect(other.read(ContentDigest(hashing: [1])) == nil)
        #expect(try other.read(other.store([])) == [])
    }

    @Test("a damaged, cut or lengthened object is dropped and reported as missing", arguments: [0, 1, 2])
    func corruption(kind: Int) throws {
        let content = Array(repeating: UInt8(7), count: 3_000_000 / 3)
        let cache = try cache(capacityBytes: 4 << 20)
        for look in [{ cache.read($0) != nil }, { cache.path(for: $0) != nil }] as [(ContentDigest) -> Bool] {
            let digest = try cache.store(content)
            let path = try #require(cache.path(for: digest))
            var damaged = content
            switch kind {
            case 0: damaged[999_999] ^= 1
            case 1: damaged.removeLast()
            default: damaged.append(0)
            }
            try Data(damaged).write(to: URL(filePath: path))
            #expect(!look(digest))
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test("what was begun is resumed by the next receiver, in another process too")
    func resuming() throws {
        let content = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        let digest = ContentDigest(hashing: content)
        do {
            let partial = try cache().begin(digest, byteCount: content.count)
            #expect(partial.receivedByteCount == 0)
            try partial.append(content[..<600], at: 0)
        }
        let partial = try cache().begin(digest, byteCount: content.count)
        #expect(partial.receivedByteCount == 600)
        #expect(throws: ContentCacheError.outOfPlace(offset: 599, expected: 600)) {
            try partial.append(content[599...], at: 599)
        }
        #expect(throws: ContentCacheError.outOfPlace(offset: 600, expected: 600)) {
            try partial.append(content[600...] + [1], at: 600)
        }
        #expect(throws: ContentCacheError.outOfPlace(offset: 1000, expected: 600)) { try partial.finish() }
        try partial.append(content[600...], at: 600)
        #expect(try partial.finish() == cache().path(for: digest))
        expectSame(try cache().read(digest), content)
    }

    @Test("wrong content is refused when it is finished, and the next receiver begins anew")
    func wrongContent() throws {
        let digest = ContentDigest(hashing: [1, 2, 3])
        let partial = try cache().begin(digest, byteCount: 3)
        try partial.append([1, 2, 4], at: 0)
        #expect(throws: ContentCacheError.wrongContent(digest)) { try partial.finish() }
        #expect(try cache().read(digest) == nil)
        #expect(try cache().begin(digest, byteCount: 3).receivedByteCount == 0)
    }

    @Test("a partial file longer than the object is begun anew")
    func longPartial() throws {
        let digest = ContentDigest(hashing: [1, 2])
        try cache().begin(digest, byteCount: 4).append([9, 9, 9], at: 0)
        #expect(try cache().begin(digest, byteCount: 2).receivedByteCount == 0)
    }

    @Test("two receivers of one object don't disturb each other")
    func twoReceivers() throws {
        let content: [UInt8] = [5, 6, 7, 8]
        let digest = ContentDigest(hashing: content)
        let first = try cache().begin(digest, byteCount: 4)
        try first.append([5, 6], at: 0)
        let second = try cache().begin(digest, byteCount: 4)
        #expect(second.receivedByteCount == 0)
        try second.append(content, at: 0)
        _ = try second.finish()
        try first.append([7, 8], at: 2)
        _ = try first.finish()
        expectSame(try cache().read(digest), content)
    }

    @Test("the objects unused for longest go first, and the capacity holds")
    func eviction() throws {
        let cache = try cache(capacityBytes: 10_000)
        var digests: [ContentDigest] = []
        for number in 0..<9 {
            let digest = try cache.store(Array(repeating: UInt8(number), count: 1000))
            age(try #require(cache.path(for: digest)), to: 1000 + number)
            digests.append(digest)
        }
        // Using the oldest makes it the youngest.
        #expect(cache.read(digests[0]) != nil)
        digests.append(try cache.store(Array(repeating: 100, count: 2000)))
        let kept = try digests.map { try self.cache(capacityBytes: 10_000).path(for: $0) != nil }
        #expect(kept == [true, false, false, true, true, true, true, true, true, true])
    }

    @Test("what was begun and abandoned makes room too, but not what is being received")
    func abandonedPartials() throws {
        let abandoned = ContentDigest(hashing: [1])
        let active = ContentDigest(hashing: Array(repeating: 2, count: 3000))
        try cache(capacityBytes: 10_000).begin(abandoned, byteCount: 5000).append(
            Array(repeating: 1, count: 4000), at: 0)
        age(folder.path("cache/partial/\(abandoned.hex).0"), to: 1000)
        let cache = try cache(capacityBytes: 10_000)
        let partial = try cache.begin(active, byteCount: 3000)
        try partial.append(Array(repeating: 2, count: 3000), at: 0)
        age(folder.path("cache/partial/\(active.hex).0"), to: 500)
        try cache.store(Array(repeating: 9, count: 7000))
        #expect(access(folder.path("cache/partial/\(abandoned.hex).0"), F_OK) != 0)
        _ = try partial.finish()
        #expect(cache.path(for: active) != nil)
    }

    @Test("an object larger than the cache is refused before anything is written")
    func tooLarge() throws {
        let cache = try cache(capacityBytes: 10)
        #expect(throws: ContentCacheError.tooLarge(byteCount: 11, capacityBytes: 10)) {
            try cache.store(Array(repeating: 0, count: 11))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("cache/partial")).isEmpty)
    }

    @Test(
        "many writers and readers at once, in caches of their own, see whole objects or none, within bounds")
    func concurrency() async throws {
        let path = folder.path("cache")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<6 {
                group.addTask {
                    let cache = try ContentCache(directory: path, capacityBytes: 200_000)
                    for round in 0..<60 {
                        let number = (round * 7 + writer) % 40
                        let content = Array(repeating: UInt8(number), count: 4_000 + number)
                        let digest = ContentDigest(hashing: content)
                        if let found = cache.read(digest) {
                            #expect(found == content)
                        } else {
                            #expect(try cache.store(content) == digest)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        var total = 0
        for case let name as String in try #require(FileManager.default.enumerator(atPath: path + "/objects"))
        {
            let file = URL(filePath: path + "/objects/" + name)
            guard let values = try? file.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey]),
                values.isRegularFile == true
            else { continue }
            total += values.fileSize ?? 0
            let digest = try ContentDigest.hashing(file: file.path).digest
            #expect(digest.hex == name.filter { $0 != "/" })
        }
        #expect(total > 0 && total <= 200_000 + 6 * 200_000 / 16)
    }

    @Test("a folder that can't be made is the file system's error")
    func unsuitableFolder() throws {
        let file = try folder.write("file", [1])
        #expect(throws: FileSystemError(.create, path: file + "/cache", code: ENOTDIR)) {
            try ContentCache(directory: file + "/cache", capacityBytes: 10)
        }
    }
}
