import ContentAddressing
import Files
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing
import TrainingProtocol
import WireMessages

@testable import ClusterRuntime

@Suite("The coordinator serves content", .ending)
struct ContentServiceTests {
    /// A service, and what its readers have told.
    private final class Desk {
        let service: ContentService
        private let mail: Mail
        var sent: [Sent] = []
        var problems: [String] = []
        var now = Instant.zero
        /// Keeps pieces on their way; without, they have left as soon as they are handed on.
        var holds = false
        var held: [ContentPiece] = []

        struct Sent {
            let digest: ContentDigest
            let offset: Int
            let total: Int
            let bytes: [UInt8]
            let peer: Peer
        }

        private final class Mail: Sendable {
            let reports = Mutex<[ContentReport]>([])
        }

        init(
            _ paths: [ContentDigest: String], limits: ContentService.Limits = .init(),
            fill: (@Sendable (borrowing OwnedFile, Int, UnsafeMutableRawBufferPointer) throws -> Int)? = nil
        ) {
            let mail = Mail()
            self.mail = mail
            let report: @Sendable (ContentReport) -> Void = { new in mail.reports.withLock { $0.append(new) }
            }
            let readers =
                if let fill { ContentReaders(paths: paths, fill: fill, report: report) } else {
                    ContentReaders(paths: paths, report: report)
                }
            service = ContentService(readers, limits: limits)
        }

        func ask(_ digest: ContentDigest, _ offset: Int, _ length: Int, for peer: Peer = 1) -> Bool {
            service.ask(
                ContentRequest(digest: digest, offset: offset, length: length), for: peer, at: now)
        }

        func check() -> (stalled: [String], stuck: [Peer]) { service.check(at: now) { _ in 0 } }

        func takeMail() {
            let reports = mail.reports.withLock { reports in
                defer { reports = [] }
                return reports
            }
            for report in reports {
                if case .read(_, _, let problem?) = report { problems.append(problem) }
                guard let (piece, peer) = service.take(report, at: now) else { continue }
                sent.append(
                    Sent(
                        digest: piece.digest, offset: piece.offset, total: piece.totalByteCount,
                        bytes: piece.bytes.array, peer: peer))
                if holds { held.append(piece) }
            }
        }

        /// Takes mail until so many pieces were to be sent.
        func wait(for count: Int, sourceLocation: SourceLocation = #_sourceLocation) {
            let deadline = ContinuousClock.now + .seconds(20)
            while sent.count < count, ContinuousClock.now < deadline {
                takeMail()
                usleep(500)
            }
            #expect(sent.count == count, sourceLocation: sourceLocation)
        }

        /// Takes what comes within a moment in which more would come.
        func settle() {
            for _ in 0..<50 {
                takeMail()
                usleep(1000)
            }
        }
    }

    private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) } }

    @Test("what the run has and nothing else, the yardstick apart")
    func pieces() throws {
        let folder = try TemporaryFolder()
        let content = bytes(2_000)
        let digest = ContentDigest(hashing: content)
        let desk = Desk([digest: try folder.write("a.png", content)])
        func piece(_ digest: ContentDigest, _ offset: Int, _ length: Int) throws -> Desk.Sent {
            desk.sent = []
            #expect(desk.ask(digest, offset, length))
            desk.wait(for: 1)
            return try #require(desk.sent.first)
        }
        #expect(try piece(digest, 500, 100).bytes == Array(content[500..<600]))
        #expect(try piece(digest, 1_990, 100).bytes == Array(content[1_990...]))
        for request in [(2_000, 10), (-1, 10), (0, 0), (Int.max, 10), (0, -5)] {
            #expect(try piece(digest, request.0, request.1).bytes.count == 0)
        }
        #expect(try piece(ContentDigest(hashing: [1]), 0, 10).total == 0)
        let zeros = try piece(Yardstick.digest, 1 << 20, 1 << 30)
        #expect(zeros.total == Yardstick.byteCount && zeros.bytes.count == 512 << 10)
        #expect(desk.problems.isEmpty)
    }

    @Test("a file that was replaced since is read anew")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let digest = ContentDigest(hashing: [1])
        let path = try folder.write("a.png", bytes(100))
        let desk = Desk([digest: path])
        #expect(desk.ask(digest, 0, 10))
        desk.wait(for: 1)
        try folder.write("b.png", [9, 9])
        #expect(rename(folder.path("b.png"), path) == 0)
        desk.sent = []
        #expect(desk.ask(digest, 0, 10))
        desk.wait(for: 1)
        #expect(desk.sent.first?.bytes == [9, 9])
    }

    @Test(
        "a worker gets its next piece when the last has left, all get so many bytes at once, none is left out"
    )
    func oneAtATime() throws {
        let folder = try TemporaryFolder()
        let digest = ContentDigest(hashing: [1])
        var limits = ContentService.Limits()
        limits.waitingRequests = 8
        limits.bytesUnderWay = 1500
        let desk = Desk([digest: try folder.write("a.png", bytes(10_000))], limits: limits)
        desk.holds = true
        for offset in 0..<8 {
            for peer in 1...3 { #expect(desk.ask(digest, offset * 1000, 1000, for: peer)) }
        }
        // Room for two pieces, each for another worker.
        desk.wait(for: 2)
        desk.settle()
        #expect(desk.sent.map(\.peer) == [1, 2])
        // One request of each of these was taken.
        #expect(desk.ask(digest, 8000, 1000, for: 1) && !desk.ask(digest, 9000, 1000, for: 1))
        for count in 3...25 {
            desk.held.removeFirst()
            desk.wait(for: count)
            #expect(desk.held.count <= 2)
        }
        for peer in 1...3 {
            let offsets = desk.sent.filter { $0.peer == peer }.map(\.offset)
            #expect(offsets == (0..<(peer == 1 ? 9 : 8)).map { $0 * 1000 })
        }
    }

    @Test("a piece that does not leave shows a worker that reads nothing, until it is forgotten")
    func stuck() throws {
        let folder = try TemporaryFolder()
        let digest = ContentDigest(hashing: [1])
        let desk = Desk([digest: try folder.write("a.png", bytes(1000))])
        desk.holds = true
        #expect(desk.ask(digest, 0, 1000) && desk.ask(digest, 0, 1000))
        desk.wait(for: 1)
        desk.now = Instant(.seconds(29))
        #expect(desk.check().stuck.isEmpty)
        desk.now = Instant(.seconds(31))
        #expect(desk.check().stuck == [1])
        #expect(desk.service.check(at: desk.now) { _ in 1 }.stuck.isEmpty)
        #expect(desk.check().stuck.isEmpty)
        desk.service.forget(1)
        desk.now = Instant(.seconds(100))
        #expect(desk.check().stuck.isEmpty)
        desk.held = []
        desk.settle()
        #expect(desk.sent.count == 1)
    }

    @Test("a pipe in a picture's place is a problem that is told once, and stops nobody")
    func pipe() throws {
        let folder = try TemporaryFolder()
        let (pipe, good) = (ContentDigest(hashing: [1]), ContentDigest(hashing: [2]))
        #expect(mkfifo(folder.path("pipe.png"), 0o600) == 0)
        let desk = Desk([pipe: folder.path("pipe.png"), good: try folder.write("a.png", bytes(100))])
        #expect(desk.ask(pipe, 0, 100) && desk.ask(pipe, 0, 100) && desk.ask(good, 0, 100))
        desk.wait(for: 3)
        #expect(desk.sent.map(\.total) == [0, 0, 100])
        #expect(desk.problems.count == 1 && desk.problems[0].contains("it is a device or a pipe"))
    }

    @Test("a read that stalls keeps nothing waiting but its own content, and is named once")
    func stalled() throws {
        let folder = try TemporaryFolder()
        let digests = (0..<6).map { ContentDigest(hashing: [$0]) }
        let paths = try digests.enumerated().map { try folder.write("\($0.offset).png", bytes(100)) }
        let gate = DispatchSemaphore(value: 0)
        let desk = Desk(Dictionary(uniqueKeysWithValues: zip(digests, paths))) { file, offset, buffer in
            if file.path.hasSuffix("/0.png") { gate.wait() }
            return try file.read(into: buffer, at: offset)
        }
        // Two workers want what stalls, and other content after it.
        for peer in 1...2 {
            for digest in [digests[0], digests[0]] + digests[1...] {
                #expect(desk.ask(digest, 0, 10, for: peer))
            }
        }
        #expect(desk.ask(digests[3], 0, 10, for: 3))
        desk.wait(for: 1)
        #expect(desk.sent.map(\.peer) == [3])
        desk.now = Instant(.seconds(3))
        #expect(desk.check().stalled == [paths[0]])
        var answered: [Peer: [ContentDigest]] = [:]
        func drain(_ count: Int) {
            let deadline = ContinuousClock.now + .seconds(20)
            while answered.values.reduce(0, { $0 + $1.count }) < count, ContinuousClock.now < deadline {
                desk.takeMail()
                for sent in desk.sent where sent.peer < 3 {
                    answered[sent.peer, default: []].append(sent.digest)
                }
                desk.sent = []
                usleep(500)
            }
        }
        drain(10)
        for peer in 1...2 { #expect(answered[peer] == Array(digests[1...])) }
        #expect(desk.check().stalled.isEmpty)
        for _ in 0..<4 { gate.signal() }
        drain(14)
        for peer in 1...2 { #expect(answered[peer]?.suffix(2) == [digests[0], digests[0]]) }
    }
}
