import ContentAddressing
import Foundation
import Synchronization
import TrainingProtocol
import WireMessages

enum ContentError: Error, Equatable, CustomStringConvertible {
    case unknown(ContentDigest)
    case changed(ContentDigest, byteCount: Int, expected: Int)
    case silent(ContentDigest, seconds: Int)
    case mismatch(ContentDigest)
    case closed

    var description: String {
        switch self {
        case .unknown(let digest):
            "the coordinator does not have content \(digest) any more; restore it there, or give a copy with --data"
        case .changed(let digest, let byteCount, let expected):
            "content \(digest) has \(byteCount) bytes at the coordinator instead of \(expected): it was changed "
                + "during the run; restore it there"
        case .silent(let digest, let seconds):
            "no piece of content \(digest) came for \(seconds) s; check the network"
        case .mismatch(let digest):
            "content \(digest) came damaged or was changed at the coordinator during the run; restore it there"
        case .closed: "the worker is leaving"
        }
    }
}

/// Fetches content from the coordinator, piece by piece and in order, with a few pieces in flight.
///
/// `fetch` blocks its thread, and several threads may fetch at once; the other functions may be called from
/// any thread. A connection that stands loses nothing, so pieces are requested again only after a
/// reconnection (`coordinatorIsBack`) or a long silence: repeating sooner would congest a slow link.
package final class ContentClient: Sendable {
    /// Events for one fetch from the socket's thread.
    private final class Arrivals: Sendable {
        enum Event {
            case piece(ContentPiece)
            case askAgain
        }

        let digest: ContentDigest
        let events = Mutex<[Event]>([])
        let count = DispatchSemaphore(value: 0)

        init(_ digest: ContentDigest) { self.digest = digest }

        func add(_ event: Event) {
            events.withLock { $0.append(event) }
            count.signal()
        }
    }

    private struct State {
        var fetches: [Arrivals] = []
        var isClosed = false
        var receivedBytes = 0
    }

    private let state = Mutex(State())
    /// Counts the pieces that may still be requested.
    private let room = DispatchSemaphore(value: 0)
    private let request: @Sendable (ContentRequest) -> Void
    private let timeout: Duration
    private let silence: Duration

    /// Small enough for heartbeats to get through between two pieces on a slow link.
    package static let pieceBytes = 128 << 10
    /// The most pieces in flight, for all fetches together.
    private static let windowPieces = 16
    /// The most bytes in flight.
    package static let windowBytes = windowPieces * pieceBytes
    /// How often a fetch without a piece in flight checks whether the client was closed.
    private static let roomSeconds = 0.2

    /// - Parameters:
    ///   - timeout: how long `fetch` goes on without receiving anything.
    ///   - silence: how long without a piece until pieces are requested again.
    ///   - request: sends a request; called from the fetching thread.
    init(
        timeout: Duration, silence: Duration = .seconds(20),
        request: @escaping @Sendable (ContentRequest) -> Void
    ) {
        self.timeout = max(timeout, silence)
        self.silence = silence
        self.request = request
        for _ in 0..<Self.windowPieces { room.signal() }
    }

    /// Bytes of content received from the coordinator so far.
    var receivedBytes: Int { state.withLock { $0.receivedBytes } }

    func arrived(_ piece: ContentPiece) {
        let fetches = state.withLock { state in
            state.receivedBytes += piece.bytes.count
            return state.fetches.filter { $0.digest == piece.digest }
        }
        for fetch in fetches { fetch.add(.piece(piece)) }
    }

    /// Repeats requests after a reconnection: earlier ones may never have reached the coordinator.
    func coordinatorIsBack() {
        for fetch in state.withLock({ $0.fetches }) { fetch.add(.askAgain) }
    }

    /// Makes waiting fetches fail, and later ones at once.
    func close() {
        let fetches = state.withLock { state in
            state.isClosed = true
            return state.fetches
        }
        for fetch in fetches { fetch.add(.askAgain) }
    }

    /// Passes the content's bytes from `start` on to `take`, in order and each once; they are not verified.
    func fetch(
        _ digest: ContentDigest, byteCount: Int, from start: Int = 0, take: (FrameBytes) throws -> Void
    ) throws {
        let arrivals = Arrivals(digest)
        state.withLock { $0.fetches.append(arrivals) }
        defer { state.withLock { $0.fetches.removeAll { $0 === arrivals } } }
        var next = start
        var asked = start
        var underWay = 0
        var silent = Duration.zero
        func giveBack(_ pieces: Int) {
            for _ in 0..<pieces { room.signal() }
            underWay -= pieces
        }
        defer { giveBack(underWay) }
        while next < byteCount {
            // A fetch with a piece in flight takes the room there is, and doesn't wait for more.
            while asked < byteCount, try hasRoom(waits: underWay == 0) {
                underWay += 1
                let length = min(Self.pieceBytes, byteCount - asked)
                request(ContentRequest(digest: digest, offset: asked, length: length))
                asked += length
            }
            switch try nextEvent(arrivals) {
            case nil:
                silent += silence
                guard silent < timeout else {
                    throw ContentError.silent(digest, seconds: Int(silent.inSeconds))
                }
                asked = next
                giveBack(underWay)
            case .askAgain:
                asked = next
                giveBack(underWay)
            case .piece(let piece):
                silent = .zero
                guard piece.totalByteCount > 0 else { throw ContentError.unknown(digest) }
                guard piece.totalByteCount == byteCount else {
                    throw ContentError.changed(digest, byteCount: piece.totalByteCount, expected: byteCount)
                }
                // If requests were repeated, a piece may come twice.
                guard piece.offset == next, piece.bytes.count == min(Self.pieceBytes, byteCount - next) else {
                    continue
                }
                try take(piece.bytes)
                next += piece.bytes.count
                // If requests were repeated, late answers to the first ones may have passed `asked`.
                asked = max(asked, next)
                giveBack(min(underWay, 1))
            }
        }
    }

    private func hasRoom(waits: Bool) throws(ContentError) -> Bool {
        guard waits else { return room.wait(timeout: .now()) == .success }
        while room.wait(timeout: .now() + Self.roomSeconds) == .timedOut {
            if state.withLock({ $0.isClosed }) { throw .closed }
        }
        return true
    }

    /// The next event; `nil` if none comes within `silence`.
    private func nextEvent(_ arrivals: Arrivals) throws(ContentError) -> Arrivals.Event? {
        if state.withLock({ $0.isClosed }) { throw .closed }
        let waited = arrivals.count.wait(timeout: .now() + silence.inSeconds)
        if state.withLock({ $0.isClosed }) { throw .closed }
        return waited == .timedOut ? nil : arrivals.events.withLock { $0.removeFirst() }
    }
}
