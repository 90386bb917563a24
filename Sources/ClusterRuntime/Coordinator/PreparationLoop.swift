import DatasetScanning
import Foundation
import LivePage
import Logging
import Synchronization
import TrainingProtocol
import TrainingReports
import WireMessages
import ZeroMQTransport

/// Serves workers, the live page, the terminal and stop requests while a run is prepared on another thread.
final class PreparationLoop {
    /// The result of the preparation thread.
    private final class Outcome: Sendable {
        let result = Mutex<Result<PreparedRun, any Error>?>(nil)
        let arrival = DispatchSemaphore(value: 0)
    }

    private let plan: TrainingPlan
    private let router: RouterSocket
    private let access: CoordinatorAccess
    private let mailbox: Mailbox<CoordinatorMail>
    private let poller: SocketPoller
    private let page: LivePageServer?
    private let display: ProgressDisplay
    private let log: Logger
    private let origin: ContinuousClock.Instant
    private let limits: WireLimits
    private let progress = ScanProgress()
    private let outcome = Outcome()
    private var meter = RateMeter()
    private var lastShown: Duration?

    private static let timerInterval = Duration.milliseconds(50)
    private static let messagesPerTurn = 256
    /// The interval of updates to the page and the display.
    private static let showInterval = Duration.milliseconds(500)
    /// How long a stopped preparation has to end; its reads hang if the disk does.
    private static let stopSeconds = 2.0
    private static let stackBytes = 8 << 20

    /// - Parameter origin: when the process started.
    init(
        _ plan: TrainingPlan, router: RouterSocket, access: CoordinatorAccess,
        mailbox: Mailbox<CoordinatorMail>, wakeup: Wakeup, page: LivePageServer?,
        origin: ContinuousClock.Instant, environment: RuntimeEnvironment
    ) {
        self.plan = plan
        self.router = router
        self.access = access
        self.mailbox = mailbox
        self.page = page
        self.origin = origin
        poller = SocketPoller(wakeup: wakeup)
        display = environment.display
        log = environment.logger
        limits = TransportSettings.forHead(hiddenUnits: plan.hiddenUnits).limits
    }

    /// Runs `body` on a thread of its own and returns the prepared run; `nil` if a stop was requested before.
    func prepare(_ body: @escaping @Sendable (ScanProgress) throws -> PreparedRun) throws -> PreparedRun? {
        start { [progress] in try body(progress) }
        defer { display.clear() }
        while true {
            _ = try poller.wait(for: [router], timeout: Self.timerInterval)
            try receive()
            for mail in mailbox.drain() {
                switch mail {
                case .stopRequested:
                    progress.stop()
                    _ = outcome.arrival.wait(timeout: .now() + Self.stopSeconds)
                    return nil
                case .reportRequested: log.notice("\(words)")
                default: break
                }
            }
            if let result = outcome.result.withLock({ $0 }) { return try result.get() }
            tick()
        }
    }

    private func start(_ body: @escaping @Sendable () throws -> PreparedRun) {
        let thread = Thread { [outcome, mailbox] in
            let result = Result { try body() }
            outcome.result.withLock { $0 = result }
            outcome.arrival.signal()
            mailbox.post(.prepared)
        }
        thread.name = "preparation"
        thread.stackSize = Self.stackBytes
        thread.start()
    }

    private var words: String {
        let (read, found) = progress.pictures
        return Reception.words(read: read, of: found)
    }

    private func receive() throws {
        var messages = 0
        while messages < Self.messagesPerTurn, let (id, frames) = try router.receive() {
            messages += 1
            guard let message = try? WorkerMessage(frames: frames, limits: limits) else { continue }
            if let answer = answer(message) { _ = try router.send(answer.encoded(), to: id) }
        }
        while router.nextPartSender() != nil {}
        while let fault = router.nextFault() {
            log.warning("dropped a message that can't be understood: \(fault.error)")
        }
        while let refusal = router.nextRefusal() { access.note(refusal) }
        while router.nextRevocation() != nil {}
        while router.nextEnding() != nil {}
        while router.nextDisconnection() != nil {}
    }

    private func answer(_ message: WorkerMessage) -> CoordinatorMessage? {
        if case .contentRequest(let request) = message, request.digest == Yardstick.digest {
            guard request.offset >= 0, request.length > 0 else { return nil }
            let zeros = [UInt8](repeating: 0, count: min(request.length, ContentClient.pieceBytes))
            return .contentPiece(
                ContentPiece(
                    digest: request.digest, offset: request.offset, totalByteCount: Yardstick.byteCount,
                    bytes: FrameBytes(zeros)))
        }
        let (read, found) = progress.pictures
        return Reception.answer(message, Preparing(picturesRead: read, pictures: found))
    }

    private func tick() {
        let elapsed = origin.duration(to: ContinuousClock.now)
        if access.refresh(at: elapsed) { router.expelRevoked() }
        access.report(at: elapsed)
        guard lastShown.map({ elapsed - $0 >= Self.showInterval }) ?? true else { return }
        lastShown = elapsed
        let (read, found) = progress.pictures
        let rate = meter.rate(count: read, atSeconds: elapsed.inSeconds)
        let snapshot = ProgressSnapshot(
            phase: .reading, epoch: 0, epochs: plan.epochs, picturesDone: read, picturesTotal: found,
            picturesPerSecond: rate, secondsLeft: rate.map { Double(found - read) / $0 })
        display.update(snapshot, atSeconds: elapsed.inSeconds)
        page?.state.update(
            LiveSnapshot(
                name: (plan.output as NSString).lastPathComponent, progress: snapshot,
                messages: display.recentLines))
    }
}
