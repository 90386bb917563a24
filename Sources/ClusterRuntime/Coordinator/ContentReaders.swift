import ContentAddressing
import Files
import Foundation
import Glibc
import Synchronization
import TrainingProtocol
import WireMessages

/// Reports from the content readers to the thread that owns the sockets.
enum ContentReport: Sendable {
    /// A requested piece, and its problem unless that was reported before. The piece is empty, with a total
    /// of 0 bytes, if the run has no such content or can't read it.
    case read(ContentPiece, ContentTicket, problem: String?)
    /// libzmq has handed the piece's bytes to the system, or the piece was dropped.
    case left(ContentTicket)
}

/// One piece that is being read for a worker, or is on its way to it.
struct ContentTicket: Sendable, Hashable {
    let number: Int
    let peer: Peer
    /// The bytes requested, at most `largestPiece`. They count as in flight even if the piece turns out
    /// shorter.
    let byteCount: Int
}

/// Reads pieces of the run's content by digest on its own threads, so that a stalled disk or network file
/// system blocks only these. Paths never come from the network.
///
/// Pieces of one file are read one at a time, so that a stalled file blocks only one thread.
final class ContentReaders: Sendable {
    private struct Job {
        let request: ContentRequest
        let ticket: ContentTicket
    }

    private struct State {
        var jobs: [Job] = []
        /// Content that is being read.
        var busy: Set<ContentDigest> = []
        /// The most recently used last.
        var open: [(digest: ContentDigest, file: OpenFile)] = []
        /// Content whose problem has been reported.
        var told: Set<ContentDigest> = []
        var isClosed = false
    }

    private final class OpenFile: Sendable {
        let file: OwnedFile
        init(_ path: String) throws(FileSystemError) { file = try OwnedFile.regular(path) }
    }

    let paths: [ContentDigest: String]
    private let report: @Sendable (ContentReport) -> Void
    private let fill: @Sendable (borrowing OwnedFile, Int, UnsafeMutableRawBufferPointer) throws -> Int
    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)

    /// The largest piece served, in bytes, even if more is requested.
    static let largestPiece = 512 << 10
    private static let threads = 4
    /// The number of files kept open for their next piece.
    private static let openFiles = 16
    /// The yardstick's bytes, shared by all requests.
    private static let zeros = FrameBytes([UInt8](repeating: 0, count: largestPiece)).owned()

    /// - Parameters:
    ///   - fill: reads from a file at an offset, and returns the number of bytes.
    ///   - report: called from any thread.
    init(
        paths: [ContentDigest: String],
        fill: @escaping @Sendable (borrowing OwnedFile, Int, UnsafeMutableRawBufferPointer) throws -> Int = {
            try $0.read(into: $2, at: $1)
        },
        report: @escaping @Sendable (ContentReport) -> Void
    ) {
        self.paths = paths
        self.report = report
        self.fill = fill
        for number in 1...Self.threads {
            let thread = Thread { [self] in
                while !state.withLock({ $0.isClosed }) {
                    arrivals.wait()
                    while let job = next() { answer(job) }
                }
            }
            thread.name = "content \(number)"
            thread.start()
        }
    }

    /// Reports the piece with `ContentReport.read`, and `left` once it is gone.
    func read(_ request: ContentRequest, _ ticket: ContentTicket) {
        if request.digest == Yardstick.digest {
            let piece = ContentPiece(
                digest: request.digest, offset: request.offset, totalByteCount: Yardstick.byteCount,
                bytes: lend(Self.zeros, ticket.byteCount, ticket))
            report(.read(piece, ticket, problem: nil))
            return
        }
        state.withLock { $0.jobs.append(Job(request: request, ticket: ticket)) }
        arrivals.signal()
    }

    /// Tells the threads to end, but doesn't wait for them: one may be stalled.
    func close() {
        state.withLock { $0.isClosed = true }
        for _ in 0..<Self.threads { arrivals.signal() }
    }

    private func next() -> Job? {
        state.withLock { state in
            guard !state.isClosed,
                let place = state.jobs.firstIndex(where: { !state.busy.contains($0.request.digest) })
            else { return nil }
            let job = state.jobs.remove(at: place)
            state.busy.insert(job.request.digest)
            return job
        }
    }

    private func answer(_ job: Job) {
        let request = job.request
        var (bytes, total, problem) = (FrameBytes([UInt8]()), 0, String?.none)
        do {
            if let path = paths[request.digest], request.offset >= 0, job.ticket.byteCount > 0 {
                (bytes, total) = try read(request, length: job.ticket.byteCount, path: path)
            }
        } catch {
            let isNews = state.withLock { $0.told.insert(request.digest).inserted }
            if isNews { problem = "\(error)" }
        }
        let piece = ContentPiece(
            digest: request.digest, offset: request.offset, totalByteCount: total,
            bytes: lend(bytes, bytes.count, job.ticket))
        state.withLock { _ = $0.busy.remove(request.digest) }
        report(.read(piece, job.ticket, problem: problem))
    }

    private func lend(_ bytes: FrameBytes, _ count: Int, _ ticket: ContentTicket) -> FrameBytes {
        let report = report
        return bytes.lent(count) { report(.left(ticket)) }
    }

    private func read(
        _ request: ContentRequest, length: Int, path: String
    ) throws -> (FrameBytes, total: Int) {
        let open = try opened(request.digest, path)
        let total = Int(try open.file.status().st_size)
        guard request.offset < total else { return (FrameBytes([UInt8]()), 0) }
        let count = min(length, total - request.offset)
        let bytes = try FrameBytes(byteCount: count) { target in
            // Fails if the file is truncated meanwhile.
            var done = 0
            while done < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
                let more = try fill(open.file, request.offset + done, rest)
                guard more > 0 else { throw FileSystemError(.read, path: path, code: ESTALE) }
                done += more
            }
        }
        return (bytes, total)
    }

    /// The open file; opened anew if another file has taken its path since.
    private func opened(_ digest: ContentDigest, _ path: String) throws -> OpenFile {
        let known = state.withLock { state in
            state.open.firstIndex { $0.digest == digest }.map { state.open.remove(at: $0).file }
        }
        var file = known
        if let known, try !known.file.isStillNamed() { file = nil }
        let current = try file ?? OpenFile(path)
        state.withLock { state in
            if state.open.count == Self.openFiles { state.open.removeFirst() }
            state.open.append((digest, current))
        }
        return current
    }
}
