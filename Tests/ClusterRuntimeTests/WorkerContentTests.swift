import ContentAddressing
import Foundation
import Synchronization
import TestSupport
import Testing
import WireMessages

@testable import ClusterRuntime

@Suite("A worker's content")
struct WorkerContentTests {
    /// Bytes that are not all alike.
    private func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    }

    @Test("own copies are found by content under any name, at any depth, and through links")
    func localCopies() throws {
        let folder = try TemporaryFolder()
        let content = bytes(1000)
        try folder.write("deep/er/odd name.bin", content)
        try folder.write("same-size.bin", [UInt8](repeating: 1, count: 1000))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("deep/circle"), withDestinationPath: folder.path("deep"))
        let copies = LocalCopies([folder.path], digestDirectory: nil, now: { 0 })
        let digest = ContentDigest(hashing: content)
        expectSame(copies.bytes(of: digest, byteCount: 1000), content)
        #expect(copies.path(of: digest, byteCount: 1000)?.hasSuffix("odd name.bin") == true)
        #expect(copies.bytes(of: ContentDigest(hashing: [1]), byteCount: 1000) == nil)
        // A copy that changes is a copy no more.
        try folder.write("deep/er/odd name.bin", bytes(999) + [7])
        #expect(copies.bytes(of: digest, byteCount: 1000) == nil)
    }

    @Test("of many copies of one size, asked for side by side, each is hashed once and all are found")
    func equalSizes() throws {
        let folder = try TemporaryFolder()
        let contents = (0..<200).map { number in "content \(1000 + number)".utf8.map { $0 } }
        for (number, content) in contents.enumerated() { try folder.write("data/\(number).bmp", content) }
        let later: @Sendable () -> Double = { Date().timeIntervalSince1970 + 60 }
        for _ in 0..<2 {
            let copies = LocalCopies(
                [folder.path("data")], digestDirectory: folder.path("memory"), now: later)
            let found = Mutex(0)
            DispatchQueue.concurrentPerform(iterations: contents.count) { number in
                let content = contents[contents.count - 1 - number]
                let bytes = copies.bytes(of: ContentDigest(hashing: content), byteCount: content.count)
                if bytes == content { found.withLock { $0 += 1 } }
            }
            #expect(found.withLock { $0 } == contents.count)
            #expect(copies.bytes(of: ContentDigest(hashing: [1]), byteCount: contents[0].count) == nil)
            // Each has one record, so it was hashed once, and in the second round not at all.
            let record = 12 + 16 + 32 + 32
            let size = try #require(
                FileManager.default.attributesOfItem(atPath: folder.path("memory/files"))[.size] as? Int)
            #expect(size == 16 + contents.count * record)
        }
    }
}
