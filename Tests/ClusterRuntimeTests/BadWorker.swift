import ContentAddressing
import Foundation
import Synchronization
import TrainingProtocol
import WireMessages
import ZeroMQTransport

@testable import ClusterRuntime

/// A worker that was let in, beats as it should, and is of no use in one of several ways. It works on a
/// thread of its own until it is stopped or sent away.
final class BadWorker: Sendable {
    enum Way: String, CaseIterable, Sendable {
        /// Takes leases and never answers one.
        case hangs
        /// Says of every picture that it can't be read.
        case callsAllUnreadable
        /// Answers with numbers of its own, in the right shapes.
        case answersNonsense
        case joinsAndLeaves
        /// Sends bytes that are no messages, as fast as they are taken.
        case sendsNoise
        /// Asks for content, and reads nothing of what comes.
        case neverReads
    }

    let way: Way
    private let endpoint: String
    private let token: JoinToken
    private let isStopped = Atomic(false)
    private let isFinished = Atomic(false)
    private let sent = Atomic(0)
    private let complaint = Mutex<String?>(nil)

    init(_ way: Way, endpoint: String, token: JoinToken) {
        self.way = way
        self.endpoint = endpoint
        self.token = token
        Thread.detachNewThread { [self] in
            do { try work() } catch { complaint.withLock { $0 = "\(error)" } }
            isFinished.store(true, ordering: .releasing)
        }
    }

    /// Messages that it sent.
    var messages: Int { sent.load(ordering: .relaxed) }

    /// Ends it; why it ended before, if it did.
    func stop() -> String? {
        isStopped.store(true, ordering: .relaxed)
        while !isFinished.load(ordering: .acquiring) { usleep(5_000) }
        return complaint.withLock { $0 }
    }

    private struct SentAway: Error, CustomStringConvertible {
        let description: String
    }

    private func work() throws {
        let arithmetic = try ArithmeticFingerprint.digest(kernels: .selected(override: nil))
        repeat { try serve(arithmetic) } while way == .joinsAndLeaves && !isStopped.load(ordering: .relaxed)
    }

    /// One connection, to its end.
    private func serve(_ arithmetic: ContentDigest) throws {
        var settings = TransportSettings.forWorker
        settings.security = SecuritySettings(token)
        settings.linger = .zero
        // libzmq 4.3 ends the process of a peer that reads nothing, when its connection is cut and its next
        // ping is due ("Assertion failed: !_io_error").
        settings.heartbeatInterval = .zero
        let socket = try DealerSocket(settings: settings)
        try socket.connect(endpoint)
        let poller = SocketPoller(wakeup: try Wakeup())
        let hello = Hello(
            protocolVersion: protocolVersion, workerID: UUID().uuidString, host: "bad", processID: getpid(),
            threads: 1, kernels: "none", arithmetic: arithmetic)
        var session: Welcome?
        var random = SystemRandomNumberGenerator()
        var spoken = ContinuousClock.now - .seconds(10)
        while !isStopped.load(ordering: .relaxed) {
            if ContinuousClock.now - spoken > .milliseconds(500) {
                let status = WorkerStatus(picturesExtracted: 0, picturesFromStore: 0, activity: "extract 0/0")
                try send(session == nil ? .hello(hello) : .heartbeat(status), by: socket)
                spoken = .now
            }
            if let session, try misbehave(socket, in: session, &random) { return }
            _ = try poller.wait(for: [socket], timeout: .milliseconds(10))
            if way == .neverReads, session != nil { continue }
            while let received = try socket.receive() {
                switch try CoordinatorMessage(frames: try received.get(), limits: settings.limits) {
                case .welcome(let welcome):
                    if session == nil { try send(.ready(slots: 4), by: socket) }
                    session = welcome
                case .lease(let lease):
                    guard let session, let outcome = answer(to: lease.work, in: session.session) else {
                        continue
                    }
                    try send(.result(LeaseResult(to: lease, seconds: 0, outcome: outcome)), by: socket)
                case .refused(let reason): throw SentAway(description: reason)
                case .goodbye(let reason, final: true): throw SentAway(description: reason)
                case .goodbye: session = nil
                case .weights, .contentPiece, .heartbeat, .preparing: break
                }
            }
        }
    }

    private func send(_ message: WorkerMessage, by socket: DealerSocket) throws {
        if case .sent = try socket.send(message.encoded()) { sent.wrappingAdd(1, ordering: .relaxed) }
    }

    /// What it does unasked; whether it leaves.
    private func misbehave(
        _ socket: DealerSocket, in session: Welcome, _ random: inout SystemRandomNumberGenerator
    ) throws -> Bool {
        switch way {
        case .joinsAndLeaves:
            try send(.leaving(reason: "it came to leave"), by: socket)
            _ = try SocketPoller(wakeup: try Wakeup()).wait(for: [socket], timeout: .milliseconds(20))
            return true
        case .sendsNoise:
            for _ in 0..<50 {
                let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                guard case .sent = try socket.send(WireFrames(header: bytes)) else { break }
                sent.wrappingAdd(1, ordering: .relaxed)
            }
        case .neverReads:
            let request = ContentRequest(digest: Yardstick.digest, offset: 0, length: 512 << 10)
            for _ in 0..<50 { try send(.contentRequest(request), by: socket) }
        case .hangs, .callsAllUnreadable, .answersNonsense: break
        }
        return false
    }

    private func answer(to work: Work, in session: SessionConfiguration) -> Outcome? {
        let (hidden, classes) = (session.hiddenUnits, session.classCount)
        func tensor(_ shape: [Int]) -> Tensor {
            Tensor([Float](repeating: 0.25, count: shape.reduce(1, *)), shape: shape)
        }
        func scores(_ count: Int) -> [SampleScore] {
            Array(repeating: SampleScore(loss: 0.5, predicted: 0), count: count)
        }
        switch (way, work) {
        case (.callsAllUnreadable, .check(let samples)):
            return .checked(samples.map { _ in "the file is cut short" })
        case (.callsAllUnreadable, _): return .failed(reason: "the file is cut short")
        case (.answersNonsense, .check(let samples)): return .checked(samples.map { _ in nil })
        case (.answersNonsense, .extract(let samples, let returnsFeatures)):
            // A mask in which nothing is stored: every feature zero.
            let features = Tensor([UInt8](repeating: 0, count: 25_088 / 8))
            return .extracted(returnsFeatures ? samples.map { _ in features } : [])
        case (.answersNonsense, .factorGradient(let work)):
            let count = work.labels.count
            return .factorGradient(
                FactorGradient(
                    delta: tensor([count, hidden]), outputDelta: tensor([count, classes]),
                    scores: scores(count)))
        case (.answersNonsense, .denseGradient(let samples, _, _)):
            return .denseGradient(
                kernel: tensor([25_088, hidden]),
                ChunkGradient(
                    delta: tensor([samples.count, hidden]), outputGradient: tensor([(hidden + 1) * classes]),
                    scores: scores(samples.count)))
        case (.answersNonsense, .evaluate(let samples, _)): return .evaluated(scores(samples.count))
        default: return nil
        }
    }
}
