import ContentAddressing
import Files
import Foundation
import Logging
import TrainingProtocol
import WireMessages
import ZeroMQTransport

/// Messages to the worker's loop from other threads.
enum WorkerMail: Sendable {
    case work(WorkReport)
    case contentRequest(ContentRequest)
    case stop(reason: String)
    case reportRequested
}

/// A gradient to compute on the thread reserved for them.
struct GradientCommand: Sendable {
    let lease: Lease
    let session: SessionConfiguration
}

/// Runs the worker's state machine: one thread owns the socket, feeds events to the machine and performs its
/// actions. Work is done on two other threads.
final class WorkerLoop {
    private let plan: WorkerPlan
    private let log: Logger
    private let poller: SocketPoller
    private let mailbox: Mailbox<WorkerMail>
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private var machine: WorkerMachine
    private var socket: DealerSocket
    private var tries: HandshakeTries
    private let client: ContentClient
    private let work: CommandQueue<WorkCommand>
    private let gradients: CommandQueue<GradientCommand>
    private var session: SessionConfiguration?
    private var end: WorkerEnd?
    /// Messages that the transport had no room for yet, in order; the leases limit their number.
    private var unsent: [WorkerMessage] = []

    /// The interval of the machine's timer events.
    private static let timerInterval = Duration.milliseconds(100)

    init(_ plan: WorkerPlan, environment: RuntimeEnvironment, mailbox: Mailbox<WorkerMail>, wakeup: Wakeup)
        throws
    {
        self.plan = plan
        self.mailbox = mailbox
        log = environment.logger
        poller = SocketPoller(wakeup: wakeup)
        origin = clock.now
        let hello = Hello(
            protocolVersion: protocolVersion, workerID: UUID().uuidString, host: environment.hostName,
            processID: ProcessInfo.processInfo.processIdentifier,
            threads: plan.threads ?? environment.processorCount,
            kernels: environment.kernels.rawValue,
            arithmetic: try ArithmeticFingerprint.digest(kernels: environment.kernels))
        var limits = WorkerLimits()
        limits.connectTimeout = .seconds(plan.connectTimeoutSeconds)
        limits.patience = .seconds(plan.patienceSeconds)
        machine = WorkerMachine(hello: hello, address: plan.connectEndpoint, limits: limits)
        socket = try Self.connect(plan)
        tries = plan.handshakeTries

        let client = ContentClient(timeout: .seconds(plan.patienceSeconds)) {
            mailbox.post(.contentRequest($0))
        }
        self.client = client
        let cache = Self.cache(bytes: plan.cacheBounds.contentBytes, environment)
        work = CommandQueue(name: "work") {
            let source = PictureSource(
                folders: plan.dataDirectories, weightsFile: plan.weightsFile, cache: cache, client: client,
                digestDirectory: environment.digestDirectory, now: environment.wallClock
            ) { mailbox.post(.work(.note($0))) }
            let service = WorkerService(
                threads: plan.threads ?? environment.processorCount,
                storeCapacityBytes: plan.cacheBounds.featureBytes, environment: environment, source: source
            ) { mailbox.post(.work($0)) }
            return { service.handle($0) }
        }
        let kernels = environment.kernels
        gradients = CommandQueue(name: "gradients") {
            { command in
                let lease = command.lease
                guard case .factorGradient(let work) = lease.work else { return }
                let start = ContinuousClock.now
                let outcome = GradientService.answer(work, session: command.session, kernels: kernels)
                let seconds = (ContinuousClock.now - start).inSeconds
                var times = LeaseTimes()
                times.addRest(of: seconds, spentOn: .gradient)
                mailbox.post(
                    .work(
                        .finished(LeaseResult(to: lease, seconds: seconds, times: times, outcome: outcome))))
            }
        }
    }

    /// The cache of pictures and weights fetched from coordinators, shared by all runs on this host.
    ///
    /// `nil` if it can't be opened; content is then fetched each time.
    private static func cache(bytes: Int, _ environment: RuntimeEnvironment) -> ContentCache? {
        do throws(FileSystemError) {
            return try ContentCache(
                directory: environment.cacheDirectory + "/content", capacityBytes: bytes)
        } catch {
            environment.logger.warning("going on without a cache for what is fetched: \(error)")
            return nil
        }
    }

    private static func connect(_ plan: WorkerPlan) throws(TransportError) -> DealerSocket {
        var settings = TransportSettings.forWorker
        settings.security = plan.security
        let socket = try DealerSocket(settings: settings)
        try socket.connect(plan.dialledEndpoint)
        return socket
    }

    /// Runs until the worker ends; throws if it failed.
    func runToEnd() throws {
        feed(.started)
        var lastTimer = Duration.zero
        while end == nil {
            _ = try poller.wait(for: [socket], timeout: Self.timerInterval)
            try receive()
            for mail in mailbox.drain() { take(mail) }
            sendWaiting()
            let elapsed = now.sinceOrigin
            if elapsed - lastTimer >= Self.timerInterval {
                lastTimer = elapsed
                feed(.timer)
            }
        }
        // Sends what is queued, up to the last message.
        try? socket.drain()
        client.close()
        if client.receivedBytes > 0 {
            log.info("\(client.receivedBytes) bytes of weights and pictures came from the coordinator")
        }
        switch end {
        case .done(let reason): log.info("leaving: \(reason)")
        case .failed(let reason): throw RunFailure(reason: reason)
        case .unserved(let reason): throw NoCoordinator(reason: reason)
        case nil: break
        }
    }

    private var now: Instant { Instant(origin.duration(to: clock.now)) }

    private func feed(_ event: WorkerEvent) {
        for action in machine.handle(event, now: now) { perform(action) }
    }

    private func receive() throws {
        while let event = try socket.nextEvent() {
            if let reason = tries.lastWord(on: event) {
                end = .failed(reason: reason)
                return
            }
            switch event {
            case .connected: feed(.connected)
            case .unanswered, .unresolved, .disconnected, .handshakeFailed:
                feed(.disconnected(reason: "\(event)"))
            }
        }
        while let received = try socket.receive() {
            do {
                let message = try CoordinatorMessage(
                    frames: try received.get(), limits: TransportSettings.forWorker.limits)
                if case .welcome = message { client.coordinatorIsBack() }
                feed(.received(message))
            } catch {
                log.warning("dropped a message that can't be understood: \(error)")
            }
        }
        if socket.takeParts() { feed(.partReceived) }
    }

    private func take(_ mail: WorkerMail) {
        switch mail {
        case .work(.prepared(let slots)): feed(.prepared(slots: slots))
        case .work(.preparationFailed(let reason)): feed(.preparationFailed(reason: reason))
        case .work(.finished(let result)): feed(.leaseFinished(result))
        case .work(.status(let status)): feed(.statusChanged(status))
        case .work(.note(let text)): log.notice("\(text)")
        case .contentRequest(let request): send(.contentRequest(request))
        case .stop(let reason): feed(.stopRequested(reason: reason))
        case .reportRequested: log.notice("\(machine.report(now: now))")
        }
    }

    private func perform(_ action: WorkerAction) {
        switch action {
        case .send(let message): send(message)
        case .prepare(let welcome):
            session = welcome.session
            work.post(.prepare(welcome))
        case .start(let lease):
            if case .factorGradient = lease.work, let session {
                gradients.post(GradientCommand(lease: lease, session: session))
            } else {
                work.post(.lease(lease))
            }
        case .dropLeases:
            unsent = []
            work.drop { if case .lease = $0 { true } else { false } }
            gradients.drop { _ in true }
        case .keepWeights(let weights): work.post(.keepWeights(weights))
        case .contentArrived(let piece): client.arrived(piece)
        case .reconnect:
            do { socket = try Self.connect(plan) } catch { end = .failed(reason: "\(error)") }
        case .log(let level, let text): log.log(level: level.loggingLevel, "\(text)")
        case .leave(let end): self.end = end
        }
    }

    private func send(_ message: WorkerMessage) {
        if case .heartbeat = message, !unsent.isEmpty { return }
        unsent.append(message)
        sendWaiting()
    }

    /// Sends waiting messages in order, as far as the transport takes them; the rest is retried at each turn.
    private func sendWaiting() {
        do {
            while let message = unsent.first, try socket.send(message.encoded()) != .wouldBlock {
                unsent.removeFirst()
            }
        } catch {
            end = .failed(reason: "\(error)")
        }
    }
}
