import ContentAddressing
import Foundation
import Synchronization
import TestSupport
import Testing
import WireMessages

@testable import ClusterRuntime

@Suite("Content comes in pieces and in order", .ending)
struct ContentClientTests {
    private static let content = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 / 7) }
    private static let digest = ContentDigest(hashing: content)

    /// A coordinator in this process that answers as `answer` says.
    private final class Exchange: Sendable {
        let requests = Mutex<[ContentRequest]>([])
        private let client = Mutex<ContentClient?>(nil)

        func makeClient(
            timeout: Duration = .seconds(2), silence: Duration = .milliseconds(200),
            _ answer: @escaping @Sendable (ContentRequest, Int) -> [ContentPiece]
        ) -> ContentClient {
            let new = ContentClient(timeout: timeout, silence: silence) { [self] request in
                let number = requests.withLock { requests in
                    requests.append(request)
                    return requests.count
                }
                for piece in answer(request, number) { client.withLock { $0 }?.arrived(piece) }
            }
            client.withLock { $0 = new }
            return new
        }
    }

    private static func piece(_ request: ContentRequest, of bytes: [UInt8] = content) -> ContentPiece {
        ContentPiece(
            digest: request.digest, offset: request.offset, totalByteCount: bytes.count,
            bytes: FrameBytes(Array(bytes[request.offset..<request.offset + request.length])))
    }

    private func fetch(_ client: ContentClient, from start: Int = 0) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try client.fetch(Self.digest, byteCount: Self.content.count, from: start) { bytes += $0.array }
        return bytes
    }

    @Test("every piece is asked for once, is small, and each byte is handed over once")
    func whole() throws {
        let exchange = Exchange()
        let client = exchange.makeClient { request, _ in [Self.piece(request)] }
        #expect(try fetch(client) == Self.content)
        expectSame(try fetch(client, from: 999_000), Array(Self.content[999_000...]))
        #expect(client.receivedBytes == Self.content.count + 1000)
        let requests = exchange.requests.withLock { $0 }
        #expect(requests.allSatisfy { $0.length <= ContentClient.pieceBytes })
        #expect(requests.reduce(0) { $0 + $1.length } == Self.content.count + 1000)
    }

    @Test("many fetches side by side have no more under way than one, and all come to their end")
    func sharedWindow() throws {
        let pictures = (0..<40).map { [UInt8($0)] + Self.content.prefix(300_000) }
        let digests = pictures.map { ContentDigest(hashing: $0) }
        let byDigest = Dictionary(uniqueKeysWithValues: zip(digests, pictures))
        let waiting = Mutex<[ContentRequest]>([])
        let most = Mutex(0)
        let client = ContentClient(timeout: .seconds(50), silence: .seconds(50)) { request in
            let count = waiting.withLock { waiting in
                waiting.append(request)
                return waiting.count
            }
            most.withLock { $0 = max($0, count) }
        }
        let isOver = Mutex(false)
        Thread.detachNewThread {
            while !isOver.withLock({ $0 }) {
                usleep(2000)
                let requests = waiting.withLock { waiting in
                    defer { waiting = [] }
                    return waiting
                }
                for request in requests {
                    client.arrived(Self.piece(request, of: byDigest[request.digest] ?? []))
                }
            }
        }
        let done = Mutex(0)
        let threads = DispatchGroup()
        for (digest, picture) in zip(digests, pictures) {
            threads.enter()
            Thread.detachNewThread {
                var bytes: [UInt8] = []
                let end = try? client.fetch(digest, byteCount: picture.count) { bytes += $0.array }
                if end != nil, bytes == picture { done.withLock { $0 += 1 } }
                threads.leave()
            }
        }
        threads.wait()
        isOver.withLock { $0 = true }
        #expect(done.withLock { $0 } == 40)
        #expect(most.withLock { $0 } <= ContentClient.windowBytes / ContentClient.pieceBytes)
    }

    @Test("pieces that are lost are asked for again, and repeated or strange ones change nothing")
    func lossAndRepeats() throws {
        let exchange = Exchange()
        let client = exchange.makeClient { request, number in
            if number % 5 == 0 { return [] }
            let other = ContentPiece(
                digest: ContentDigest(hashing: [1]), offset: request.offset,
                totalByteCount: Self.content.count,
                bytes: FrameBytes([UInt8](repeating: 0, count: request.length)))
            return [other, Self.piece(request), Self.piece(request)]
        }
        #expect(try fetch(client) == Self.content)
    }

    @Test("when the coordinator is back, it goes on at once from where it was")
    func reconnection() throws {
        let exchange = Exchange()
        let isAway = Mutex(true)
        let client = exchange.makeClient(timeout: .seconds(50), silence: .seconds(50)) { request, _ in
            isAway.withLock { $0 } && request.offset > 0 ? [] : [Self.piece(request)]
        }
        Thread.detachNewThread {
            usleep(100_000)
            isAway.withLock { $0 = false }
            client.coordinatorIsBack()
        }
        let start = ContinuousClock.now
        #expect(try fetch(client) == Self.content)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("silence, unknown and changed content, and a closed worker end a fetch with the reason")
    func ends() throws {
        let silent = Exchange().makeClient(timeout: .seconds(1)) { _, _ in [] }
        #expect(throws: ContentError.self) { try fetch(silent) }
        let empty = Exchange().makeClient { request, _ in
            [
                ContentPiece(
                    digest: request.digest, offset: request.offset, totalByteCount: 0,
                    bytes: FrameBytes([UInt8]()))
            ]
        }
        #expect(throws: ContentError.unknown(Self.digest)) { try fetch(empty) }
        let changed = Exchange().makeClient { request, _ in [Self.piece(request, of: Self.content + [1])] }
        #expect(throws: ContentError.changed(Self.digest, byteCount: 1_000_001, expected: 1_000_000)) {
            try fetch(changed)
        }
        let closing = Exchange().makeClient(timeout: .seconds(50), silence: .seconds(50)) { _, _ in [] }
        Thread.detachNewThread {
            usleep(50_000)
            closing.close()
        }
        #expect(throws: ContentError.closed) { try fetch(closing) }
    }

    @Test("what an earlier worker left is gone on with, and begun anew if it is damaged")
    func resumes() throws {
        let folder = try TemporaryFolder()
        for damaged in [false, true] {
            let cache = try ContentCache(directory: folder.path("cache-\(damaged)"), capacityBytes: 8 << 20)
            do {
                let partial = try cache.begin(Self.digest, byteCount: Self.content.count)
                var bytes = Array(Self.content[..<600_000])
                if damaged { bytes[3] ^= 1 }
                try partial.append(bytes, at: 0)
            }
            let exchange = Exchange()
            let client = exchange.makeClient { request, _ in [Self.piece(request)] }
            let source = PictureSource(folders: [], weightsFile: nil, cache: cache, client: client) { _ in }
            expectSame(try source.bytes(of: Self.digest, byteCount: Self.content.count), Self.content)
            #expect(client.receivedBytes == (damaged ? 1_400_000 : 400_000))
        }
    }

    @Test("content that comes damaged is an error, and nothing of it stays")
    func damaged() throws {
        let folder = try TemporaryFolder()
        let cache = try ContentCache(directory: folder.path("cache"), capacityBytes: 8 << 20)
        var other = Self.content
        other[500_000] ^= 1
        let client = Exchange().makeClient { [other] request, _ in [Self.piece(request, of: other)] }
        for cache in [cache, nil] {
            let source = PictureSource(folders: [], weightsFile: nil, cache: cache, client: client) { _ in }
            #expect(throws: ContentError.mismatch(Self.digest)) {
                try source.bytes(of: Self.digest, byteCount: Self.content.count)
            }
        }
        #expect(cache.read(Self.digest) == nil)
        #expect(try cache.begin(Self.digest, byteCount: Self.content.count).receivedByteCount == 0)
    }

    @Test("content that doesn't fit the cache is handed over all the same, and the cache is named once")
    func tooLarge() throws {
        let folder = try TemporaryFolder()
        let cache = try ContentCache(directory: folder.path("cache"), capacityBytes: 1 << 16)
        let client = Exchange().makeClient { request, _ in [Self.piece(request)] }
        let notes = Mutex<[String]>([])
        let source = PictureSource(folders: [], weightsFile: nil, cache: cache, client: client) { note in
            notes.withLock { $0.append(note) }
        }
        for _ in 0..<2 {
            expectSame(try source.bytes(of: Self.digest, byteCount: Self.content.count), Self.content)
        }
        #expect(notes.withLock { $0 }.count == 1)
    }

    @Test("a file that has a picture's size and other content is named once, and the picture is fetched")
    func differingCopy() throws {
        let folder = try TemporaryFolder()
        try folder.write("mine/a.png", [UInt8](repeating: 1, count: Self.content.count))
        let cache = try ContentCache(directory: folder.path("cache"), capacityBytes: 8 << 20)
        let client = Exchange().makeClient { request, _ in [Self.piece(request)] }
        let notes = Mutex<[String]>([])
        let source = PictureSource(
            folders: [folder.path("mine")], weightsFile: nil, cache: cache, client: client
        ) { note in notes.withLock { $0.append(note) } }
        for _ in 0..<2 {
            expectSame(try source.bytes(of: Self.digest, byteCount: Self.content.count), Self.content)
        }
        #expect(notes.withLock { $0 }.count == 1)
        #expect(notes.withLock { $0 }.first?.contains(folder.path("mine/a.png")) == true)
    }
}
