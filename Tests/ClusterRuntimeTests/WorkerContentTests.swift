import ContentAddressing
import Foundation
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
        var copies = LocalCopies([folder.path])
        let digest = ContentDigest(hashing: content)
        expectSame(copies.bytes(of: digest, byteCount: 1000), content)
        #expect(copies.path(of: digest, byteCount: 1000)?.hasSuffix("odd name.bin") == true)
        #expect(copies.bytes(of: ContentDigest(hashing: [1]), byteCount: 1000) == nil)
        // A copy that changes is a copy no more.
        try folder.write("deep/er/odd name.bin", bytes(999) + [7])
        #expect(copies.bytes(of: digest, byteCount: 1000) == nil)
    }
}
