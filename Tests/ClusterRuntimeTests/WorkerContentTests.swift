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
        var copies = LocalCopies([folder.path])
        let digest = ContentDigest(hashing: content)
        #expect(copies.bytes(of: digest, byteCount: 1000) == content)
        #expect(copies.path(of: digest, byteCount: 1000)?.hasSuffix("odd name.bin") == true)
        #expect(copies.bytes(of: ContentDigest(hashing: [1]), byteCount: 1000) == nil)
        // A copy that changes is a copy no more.
        try folder.write("deep/er/odd name.bin", bytes(999) + [7])
        #expect(copies.bytes(of: digest, byteCount: 1000) == nil)
    }

    /// A server on another thread, over pieces of `content`, through `change`.
    private func client(
        _ content: [UInt8], timeout: Duration = .seconds(6),
        change: @escaping @Sendable (Int, ContentPiece) -> [ContentPiece]
    ) -> ContentClient {
        final class Box: Sendable {
            let client = Mutex<ContentClient?>(nil)
            let asked = Mutex(0)
        }
        let box = Box()
        let client = ContentClient(timeout: timeout) { request in
            let count = box.asked.withLock { asked in
                asked += 1
                return asked
            }
            let end = min(request.offset + request.length, content.count)
            let piece = ContentPiece(
                digest: request.digest, offset: request.offset, totalByteCount: content.count,
                bytes: FrameBytes(Array(content[request.offset..<end])))
            let pieces = change(count, piece)
            box.client.withLock { client in
                for piece in pieces { client?.arrived(piece) }
            }
        }
        box.client.withLock { $0 = client }
        return client
    }

    @Test("content comes in pieces, in any order and more than once, and is verified")
    func fetch() throws {
        let content = bytes(3_000_000)
        let held = Mutex<[ContentPiece]>([])
        let client = client(content) { count, piece in
            // The first two pieces come late and twice.
            if count == 1 {
                held.withLock { $0.append(piece) }
                return []
            }
            return held.withLock { held in
                defer { held = [] }
                return [piece] + held + held
            }
        }
        #expect(try client.fetch(ContentDigest(hashing: content), byteCount: content.count) == content)
    }

    @Test("a piece that is lost is asked for again")
    func lostPiece() throws {
        let content = bytes(700_000)
        let client = client(content) { count, piece in count == 2 ? [] : [piece] }
        #expect(try client.fetch(ContentDigest(hashing: content), byteCount: content.count) == content)
    }

    @Test("content that is unknown, damaged or never comes is an error that says so")
    func failures() {
        let content = bytes(1000)
        let digest = ContentDigest(hashing: content)
        let unknown = client(content) { _, piece in
            [ContentPiece(digest: piece.digest, offset: 0, totalByteCount: 0, bytes: FrameBytes([UInt8]()))]
        }
        #expect(throws: ContentError.unknown(digest)) { try unknown.fetch(digest, byteCount: 1000) }
        let damaged = client(bytes(999) + [3]) { _, piece in [piece] }
        #expect(throws: ContentError.mismatch(digest)) { try damaged.fetch(digest, byteCount: 1000) }
        let silent = client(content, timeout: .seconds(3)) { _, _ in [] }
        #expect(throws: ContentError.silent(digest, seconds: 3)) { try silent.fetch(digest, byteCount: 1000) }
        let closed = client(content) { _, _ in [] }
        closed.close()
        #expect(throws: ContentError.closed) { try closed.fetch(digest, byteCount: 1000) }
    }

    @Test("the coordinator serves what the run has and nothing else")
    func server() throws {
        let folder = try TemporaryFolder()
        let content = bytes(2_000)
        let path = try folder.write("a.png", content)
        let digest = ContentDigest(hashing: content)
        let server = ContentServer(paths: [digest: path])
        func piece(_ digest: ContentDigest, _ offset: Int, _ length: Int) -> ContentPiece {
            server.piece(ContentRequest(digest: digest, offset: offset, length: length))
        }
        #expect(piece(digest, 500, 100).bytes.array == Array(content[500..<600]))
        #expect(piece(digest, 1_990, 100).bytes.array == Array(content[1_990...]))
        for request in [(2_000, 10), (-1, 10), (0, 0), (Int.max, 10), (0, -5)] {
            #expect(piece(digest, request.0, request.1).bytes.count == 0)
        }
        #expect(piece(ContentDigest(hashing: [1]), 0, 10).totalByteCount == 0)
    }
}
