import ContentAddressing
import TrainingProtocol
import WireMessages

/// Who gets which piece of content when: one piece at a time for each worker, the next when the last has
/// left, and so many bytes for all. Confined to the thread that owns the sockets, which never waits for it.
final class ContentService {
    /// What a worker asks for, and where its piece is.
    private struct Line {
        var requests: [ContentRequest] = []
        /// What is being read for it or on its way to it, and since when.
        var piece: (ticket: ContentTicket, digest: ContentDigest, since: Instant, isSent: Bool)?
        /// What is being read for too long to wait for.
        var stalled: Set<ContentDigest> = []
        var isWaiting = false
    }

    /// The bounds of what is held for workers that ask.
    struct Limits: Sendable {
        /// Requests of one worker that wait: its window for each of its threads, with room to spare.
        var waitingRequests = 4096
        /// Bytes read and not yet handed to the system, of all workers.
        var bytesUnderWay = 64 << 20
        /// A read that takes longer is stalled, and its worker gets other content meanwhile.
        var stalledAfter = Duration.seconds(2)
        /// A piece that takes longer to leave shows that its worker reads nothing.
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

    /// Takes a request; `false` if the worker has too many.
    func ask(_ request: ContentRequest, for peer: Peer, at now: Instant) -> Bool {
        guard lines[peer].map({ $0.requests.count < limits.waitingRequests }) ?? true else { return false }
        lines[peer, default: Line()].requests.append(request)
        enqueue(peer)
        readNext(now)
        return true
    }

    /// Takes word from the readers; the piece that is to be sent, if any.
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

    /// Forgets what a worker asked for.
    func forget(_ peer: Peer) { lines[peer] = nil }

    /// Files whose read has turned out to be stalled since the last call, and workers to which a piece has
    /// been on its way for too long.
    ///
    /// - Parameter queuedBytes: what waits for a worker in front of its piece, which is the transport's to
    ///   judge.
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
