import ContentAddressing
import Foundation
import Synchronization
import TrainingProtocol
import WireMessages

/// Why content could not be had.
enum ContentError: Error, Equatable, CustomStringConvertible {
    case unknown(ContentDigest)
    case silent(ContentDigest, seconds: Int)
    case mismatch(ContentDigest)
    case closed

    var description: String {
        switch self {
        case .unknown(let digest): "the coordinator does not have content \(digest); give a copy with --data"
        case .silent(let digest, let seconds):
            "no piece of content \(digest) came for \(seconds) s; check the network"
        case .mismatch(let digest):
            "content \(digest) came damaged or was changed at the coordinator during the run"
        case .closed: "the worker is leaving"
        }
    }
}

/// Gets content from the coordinator, piece by piece with a few pieces under way.
///
/// `fetch` blocks and is called from one thread; `arrived` and `close` from any.
final class ContentClient: Sendable {
    private struct State {
        var pieces: [ContentPiece] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)
    private let request: @Sendable (ContentRequest) -> Void
    private let timeout: Duration

    /// A piece fits well into one message.
    private static let pieceBytes = 512 << 10
    /// Pieces asked for and not yet there.
    private static let window = 4
    /// What is asked again when nothing came: the coordinator may have been away.
    private static let retrySeconds = 3

    /// - Parameters:
    ///   - timeout: how long nothing may come before `fetch` gives up.
    ///   - request: sends a request; called from the fetching thread.
    init(timeout: Duration, request: @escaping @Sendable (ContentRequest) -> Void) {
        self.timeout = timeout
        self.request = request
    }

    func arrived(_ piece: ContentPiece) {
        state.withLock { $0.pieces.append(piece) }
        arrivals.signal()
    }

    /// Makes a waiting fetch fail.
    func close() {
        state.withLock { $0.isClosed = true }
        arrivals.signal()
    }

    /// The content, verified.
    ///
    /// - Parameter onProgress: called with the bytes that are there.
    func fetch(
        _ digest: ContentDigest, byteCount: Int, onProgress: (Int) -> Void = { _ in }
    ) throws(ContentError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var missing = Set(stride(from: 0, to: byteCount, by: Self.pieceBytes))
        var next = 0
        var asked = 0
        var silentSeconds = 0
        func ask(_ offset: Int) {
            let length = min(Self.pieceBytes, byteCount - offset)
            request(ContentRequest(digest: digest, offset: offset, length: length))
        }
        while !missing.isEmpty {
            while asked < Self.window, next < byteCount {
                ask(next)
                next += Self.pieceBytes
                asked += 1
            }
            guard let piece = try nextPiece() else {
                silentSeconds += Self.retrySeconds
                guard silentSeconds < Int(timeout.inSeconds) else {
                    throw .silent(digest, seconds: silentSeconds)
                }
                for offset in missing.sorted().prefix(Self.window) { ask(offset) }
                continue
            }
            guard piece.digest == digest else { continue }
            silentSeconds = 0
            guard piece.totalByteCount == byteCount else { throw .unknown(digest) }
            guard missing.contains(piece.offset),
                piece.bytes.count == min(Self.pieceBytes, byteCount - piece.offset)
            else { continue }
            missing.remove(piece.offset)
            asked -= 1
            bytes.replaceSubrange(piece.offset..<piece.offset + piece.bytes.count, with: piece.bytes.array)
            onProgress(max(0, byteCount - missing.count * Self.pieceBytes))
        }
        guard ContentDigest(hashing: bytes) == digest else { throw .mismatch(digest) }
        return bytes
    }

    /// The next piece, or `nil` when none has come for a while.
    private func nextPiece() throws(ContentError) -> ContentPiece? {
        let waited = arrivals.wait(timeout: .now() + .seconds(Self.retrySeconds))
        let (piece, isClosed) = state.withLock { state in
            (state.pieces.isEmpty ? nil : state.pieces.removeFirst(), state.isClosed)
        }
        if isClosed { throw .closed }
        return waited == .timedOut ? nil : piece
    }
}
