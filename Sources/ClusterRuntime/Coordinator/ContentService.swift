import ContentAddressing
import TrainingProtocol
import WireMessages

/// Schedules the content requests of workers: each worker gets one piece at a time, the next once the last
/// has left, and the bytes in flight to all workers are limited. Confined to the thread that owns the
/// sockets, and never blocks it.
final class ContentService {
    /// A worker's requests, and the state of its current piece.
    private struct Line {
        var requests: [ContentRequest] = []
        /// The piece that is being read or sent, and since when.
        var piece: (ticket: ContentTicket, digest: ContentDigest, since: Instant, isSent: Bool)?
        /// Content whose read has stalled.
        var stalled: Set<ContentDigest> = []
        var isWaiting = false
    }

    struct Limits: Sendable {
        /// Waiting requests per worker: its window for each of its threads, with room to spare.
        var waitingRequests = 4096
        /// Bytes being read or not yet handed to the system, for all workers together.
        var bytesUnderWay = 64 << 20
        /// A read that takes longer counts as stalled, and its worker gets other content meanwhile.
        var stalledAfter = Duration.seconds(2)
        /// If a piece takes longer to leave, its worker is not reading.
        var stuckAfter = Duration.seconds(30)
    }

    let limits: Limits
    private let readers: ContentReaders
    private var lines: [Peer: Line] = [:]
    /// Workers whose next piece may be read, in turn.
    private var waiting: [Peer] = []
    private var bytesUnderWay = 0
    private var tickets = 0

    init(_ readers: ContentReaders, limits: Limits = Limits()) {
        self.readers = readers
        self.limits = limits
    }

    deinit { readers.close() }

    /// Queues a request; `false` if the worker has too many waiting.
    func ask(_ request: ContentRequest, for peer: Peer, at now: Instant) -> Bool {
        guard lines[peer].map({ $0.requests.count < limits.waitingRequests }) ?? true else { return false }
        lines[peer, default: Line()].requests.append(request)
        enqueue(peer)
        readNext(now)
        return true
    }

    /// Handles a report from the readers; returns the piece to send, if any.
    func take(_ report: ContentReport, at now: Instant) -> (ContentPiece, Peer)? {
        switch report {
        case .left(let ticket):
            bytesUnderWay -= ticket.byteCount
            if lines[ticket.peer]?.piece?.ticket == ticket {
                lines[ticket.peer]?.piece = nil
                enqueue(ticket.peer)
            }
            readNext(now)
            return nil
        case .read(let piece, let ticket, _):
            let peer = ticket.peer
            guard let line = lines[peer] else { return nil }
            if line.piece?.ticket == ticket {
                lines[peer]?.piece = (ticket, piece.digest, now, isSent: true)
            } else {
                lines[peer]?.stalled.remove(piece.digest)
                enqueue(peer)
                readNext(now)
            }
            return (piece, peer)
        }
    }

    func forget(_ peer: Peer) { lines[peer] = nil }

    /// Files whose reads have stalled since the last call, and workers to which a piece has been in flight
    /// for too long.
    ///
    /// - Parameter queuedBytes: the bytes queued for a worker ahead of its piece. While there are any, it is
    ///   for the transport to judge whether the worker is stuck.
    func check(at now: Instant, queuedBytes: (Peer) -> Int) -> (stalled: [String], stuck: [Peer]) {
        var (stalled, stuck): (Set<ContentDigest>, [Peer]) = ([], [])
        for (peer, line) in lines {
            guard let piece = line.piece else { continue }
            if piece.isSent, queuedBytes(peer) > 0 {
                lines[peer]?.piece?.since = now
            } else if piece.isSent {
                if now - piece.since >= limits.stuckAfter { stuck.append(peer) }
            } else if now - piece.since >= limits.stalledAfter {
                stalled.insert(piece.digest)
                lines[peer]?.piece = nil
                lines[peer]?.stalled.insert(piece.digest)
                enqueue(peer)
            }
        }
        if !stalled.isEmpty { readNext(now) }
        return (stalled.compactMap { readers.paths[$0] }.sorted(), stuck)
    }

    private func enqueue(_ peer: Peer) {
        guard let line = lines[peer], line.piece == nil, !line.isWaiting, !line.requests.isEmpty else {
            return
        }
        lines[peer]?.isWaiting = true
        waiting.append(peer)
    }

    private func readNext(_ now: Instant) {
        while bytesUnderWay < limits.bytesUnderWay, !waiting.isEmpty {
            let peer = waiting.removeFirst()
            lines[peer]?.isWaiting = false
            guard let line = lines[peer], line.piece == nil,
                let place = line.requests.firstIndex(where: { !line.stalled.contains($0.digest) })
            else { continue }
            let request = line.requests[place]
            lines[peer]?.requests.remove(at: place)
            tickets += 1
            let ticket = ContentTicket(
                number: tickets, peer: peer,
                byteCount: min(max(request.length, 0), ContentReaders.largestPiece))
            lines[peer]?.piece = (ticket, request.digest, now, isSent: false)
            bytesUnderWay += ticket.byteCount
            readers.read(request, ticket)
        }
    }
}
