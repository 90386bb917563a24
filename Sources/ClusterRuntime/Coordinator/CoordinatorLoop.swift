import ClassifierHead
import ContentAddressing
import Foundation
import Imaging
import LivePage
import Logging
import TrainingProtocol
import TrainingReports
import WireMessages
import ZeroMQTransport

/// What reaches the coordinator's loop from other threads.
enum CoordinatorMail: Sendable {
    case head(HeadReport)
    case stopRequested
    case reportRequested
    /// The connection takes no more: its end does not read.
    case peerStuck(Peer)
    case failed(reason: String)
    case decoded([DecodedPicture])
    case workerProcessEnded(slot: Int, ProcessEnd, lastLines: [String])
    case workerProcessLine(slot: Int, String)
}

/// The process around the coordinator's state machine: one thread that owns the sockets, tells the machine
/// what happens and does what it wants. Numbers are computed on the head's thread, files are written on the
/// checkpoints'.
final class CoordinatorLoop {
    private let run: PreparedRun
    private let log: Logger
    private let router: RouterSocket
    private let access: CoordinatorAccess
    private let poller: SocketPoller
    private let mailbox: Mailbox<CoordinatorMail>
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private var machine: CoordinatorMachine
    private let head: CommandQueue<HeadCommand>
    private let checkpoints: CheckpointWriter
    private let vetting: AnswerVetting
    private let content: ContentServer
    private let decoder: OwnDecoder
    private let limits: WireLimits
    private var peers = PeerNumbers()
    private var publishedWeights: HeadWeights?
    /// Features of the answer that the machine is looking at.
    private var vettedFeatures: [SparseFeatures] = []
    private var progress: ProgressReporter
    private var lastTimer = Duration.zero
    private var lastWait: Duration?
    private var hasAppliedStep = false
    private var farewells: [(message: CoordinatorMessage, peer: Peer)] = []
    /// What is to be left behind is on the disk.
    private var isLeaving = false
    /// When a connection ended last, those to the coordinator before this one included.
    private var lastLoss: Instant?
    private var end: RunEnd?
    private var finalHead: HeadSnapshot?
    private var leftOut: [(path: String, reason: String)]
    private var localWorkers: LocalWorkers?

    /// How often the machine hears of the time.
    private static let timerInterval = Duration.milliseconds(50)
    /// Messages taken before the time and the other threads have their turn.
    private static let messagesPerTurn = 256
    /// How often a wait is put into the log, when it goes on.
    private static let waitNoticeInterval = Duration.seconds(10)

    init(
        _ run: PreparedRun, router: RouterSocket, access: CoordinatorAccess,
        mailbox: Mailbox<CoordinatorMail>, wakeup: Wakeup,
        localWorkers: LocalWorkers?, page: LivePageServer?, environment: RuntimeEnvironment
    ) {
        self.run = run
        self.router = router
        self.access = access
        self.mailbox = mailbox
        self.localWorkers = localWorkers
        log = environment.logger
        poller = SocketPoller(wakeup: wakeup)
        origin = clock.now
        machine = CoordinatorMachine(run.configuration, position: run.position)
        // Local workers ended with the process that started them; others are on their way to this one.
        lastLoss = run.plan.resume && localWorkers == nil ? .zero : nil
        let shape = run.head.parameters.shape
        vetting = AnswerVetting(shape: shape)
        content = ContentServer(paths: run.content)
        let session = run.configuration.session
        let options = DecodingOptions(
            pixelLimit: session.pixelLimit, honorsExifOrientation: session.honorsExifOrientation)
        decoder = OwnDecoder(options: options) { mailbox.post(.decoded($0)) }
        limits = TransportSettings.forHead(hiddenUnits: run.plan.hiddenUnits).limits
        leftOut = run.unreadable
        progress = ProgressReporter(run, page: page, environment: environment)
        checkpoints = CheckpointWriter(store: run.folder.checkpoints(run: run.record.run)) { reason in
            mailbox.post(.failed(reason: reason))
        }
        let (configuration, snapshot) = (run.configuration, run.head)
        let learningRate = run.plan.learningRate
        head = CommandQueue(name: "head") {
            let trainer = HeadTrainer(
                restoring: snapshot, learningRate: Double(learningRate), threads: environment.processorCount,
                kernels: environment.kernels)
            let service = HeadService(
                trainer: trainer, shape: shape, kernels: environment.kernels,
                keepsFeatures: configuration.keepsFeatures,
                report: { mailbox.post(.head($0)) })
            return { service.handle($0) }
        }
    }

    /// Runs until the end, whatever it is, and writes what is to be left behind.
    func runToEnd() throws -> RunOutcome {
        feed(.started)
        while end == nil {
            _ = try poller.wait(for: [router], timeout: Self.timerInterval)
            try receive()
            for mail in mailbox.drain() { take(mail) }
            tick()
        }
        progress.clear()
        // Workers hear of the end when it is on the disk: if this process dies before, its successor needs
        // them.
        let outcome = Result { try finish() }
        // Who isn't told waits for a coordinator that doesn't come back; the run's own end is known by now.
        try? sayFarewell()
        localWorkers?.stop()
        return try outcome.get()
    }

    /// Tells the workers that it is over, and those that come back meanwhile, until all have left.
    private func sayFarewell() throws {
        isLeaving = true
        for (message, peer) in farewells { send(message, to: peer) }
        // After an interruption they wait for a successor.
        if case .interrupted? = end { return }
        let start = now
        let someoneIsAway = lastLoss.map { start - $0 < Self.returnTime } ?? false
        while now - start < Self.farewellTime, someoneIsAway || machine.hasWorkers {
            _ = try poller.wait(for: [router], timeout: Self.timerInterval)
            try receive()
        }
    }

    /// How long workers have to leave.
    private static let farewellTime = Duration.seconds(2)
    /// A worker whose connection ended may be back within this time.
    private static let returnTime = Duration.seconds(10)

    private var now: Instant { Instant(origin.duration(to: clock.now)) }

    private func feed(_ event: CoordinatorEvent) {
        for action in machine.handle(event, now: now) { perform(action) }
    }

    private func receive() throws {
        var messages = 0
        while messages < Self.messagesPerTurn, let (id, frames) = try router.receive() {
            messages += 1
            let peer = peers.number(of: id)
            do {
                let message = try WorkerMessage(frames: frames, limits: limits)
                if case .result(let result) = message {
                    let (vetted, features) = vetting.vet(result)
                    vettedFeatures = features
                    feed(.received(.result(vetted), from: peer))
                    vettedFeatures = []
                } else {
                    feed(.received(message, from: peer))
                }
            } catch {
                feed(.brokeProtocol(peer, reason: "\(error)"))
            }
        }
        while let id = router.nextPartSender() {
            if let peer = peers.known(id) { feed(.partReceived(from: peer)) }
        }
        while let fault = router.nextFault() {
            feed(.brokeProtocol(peers.number(of: fault.peer), reason: "\(fault.error)"))
        }
        while let refusal = router.nextRefusal() { access.note(refusal) }
        while let id = router.nextRevocation() { showOut(id) }
        while let id = router.nextDisconnection() {
            guard let peer = peers.remove(id) else { continue }
            lastLoss = now
            feed(.peerLost(peer, reason: "its connection ended"))
        }
    }

    /// The peer's key is admitted no more, and what it sends is dropped already.
    private func showOut(_ id: PeerID) {
        let peer = peers.number(of: id)
        send(.refused(reason: "its key is not admitted any more; ask for another token"), to: peer)
        feed(.peerLost(peer, reason: "its key was revoked"))
        peers.forget(peer)
    }

    private func take(_ mail: CoordinatorMail) {
        switch mail {
        case .head(.preactivationsReady(let step, let chunks)):
            feed(.preactivationsReady(step: step, chunks: chunks))
        case .head(.stepApplied(let step)):
            if !hasAppliedStep {
                hasAppliedStep = true
                let seconds = String(format: "%.2f", now.sinceOrigin.inSeconds)
                log.info("step \(step + 1) is the first of this process, after \(seconds) s")
            }
            feed(.stepApplied(step: step))
        case .head(.weightsReady(let weights)):
            publishedWeights = weights
            feed(.weightsReady(step: weights.step))
        case .head(.checkpointTaken(let position, let snapshot)):
            checkpoints.write(CheckpointFile(run: run.record.run, position: position, head: snapshot))
        case .head(.finished(let snapshot)): finalHead = snapshot
        case .failed(let reason):
            feed(.ownerFailed(reason: reason))
            // What fails after the end makes it a failure all the same.
            if case .failed? = end {} else if end != nil { end = .failed(reason: reason) }
        case .peerStuck(let peer):
            feed(.peerLost(peer, reason: "it does not read what it is sent"))
            peers.forget(peer)
        case .decoded(let pictures): feed(.picturesDecoded(pictures))
        case .stopRequested: feed(.stopRequested)
        case .reportRequested: for line in machine.report(now: now) { log.notice("\(line)") }
        case .workerProcessLine(let slot, let line): log.debug("worker process \(slot + 1): \(line)")
        case .workerProcessEnded(let slot, let processEnd, let lastLines):
            if let reason = localWorkers?.replace(slot, after: processEnd, lastLines: lastLines, log: log) {
                feed(.ownerFailed(reason: reason))
            }
        }
    }

    private func tick() {
        let elapsed = now.sinceOrigin
        guard elapsed - lastTimer >= Self.timerInterval else { return }
        lastTimer = elapsed
        if access.refresh(at: elapsed) { router.expelRevoked() }
        access.report(at: elapsed)
        feed(.timer)
        guard end == nil else { return }
        progress.update(machine, at: now)
        if let wait = machine.waitingFor(now: now) {
            if elapsed - (lastWait ?? elapsed) >= Self.waitNoticeInterval {
                log.notice("\(wait)")
                lastWait = elapsed
            } else if lastWait == nil {
                lastWait = elapsed
            }
        } else {
            lastWait = nil
        }
    }

    private func perform(_ action: CoordinatorAction) {
        switch action {
        case .send(.goodbye(let reason, let final), let peer) where machine.hasEnded && !isLeaving:
            farewells.append((.goodbye(reason: reason, final: final), peer))
        case .send(let message, let peer): send(message, to: peer)
        case .sendWeights(let step, let peer):
            guard let weights = publishedWeights, weights.step == step else {
                mailbox.post(.failed(reason: "the weights of step \(step) are gone; use --resume"))
                return
            }
            send(.weights(weights), to: peer)
        case .serveContent(let request, let peer): send(.contentPiece(content.piece(request)), to: peer)
        case .forget(let peer): peers.forget(peer)
        case .keepFeatures(let step, let samples, _):
            head.post(.keepFeatures(step: step, samples: samples, features: vettedFeatures))
        case .computePreactivations(let step): head.post(.computePreactivations(step))
        case .applyStep(let update, let next): head.post(.applyStep(update, next: next))
        case .publishWeights(let step, let digest): head.post(.publishWeights(step: step, digest: digest))
        case .checkpoint(let position): head.post(.checkpoint(position))
        case .decode(let pictures): decoder.decode(pictures)
        case .remember(let picture):
            do { try run.verdicts.remembering([picture]) } catch {
                log.warning("that \(picture.name) can't be read can't be remembered: \(error)")
            }
        case .picturesChecked(let new, let leftOut): recordCheck(new: new, leftOut: leftOut)
        case .epochFinished(let record):
            progress.epochFinished(record, machine: machine, leftOut: leftOut, at: now)
            write("history") { try run.folder.write(history: machine.position.history) }
        case .log(let level, let text): log.log(level: level.loggingLevel, "\(text)")
        case .finished(let end):
            head.post(.finish)
            self.end = end
        }
    }

    private func send(_ message: CoordinatorMessage, to peer: Peer) {
        guard let id = peers.id(of: peer) else { return }
        do {
            switch try router.send(message.encoded(), to: id) {
            case .sent: break
            case .unreachable: break  // Its disconnection is on the way.
            case .wouldBlock: mailbox.post(.peerStuck(peer))
            }
        } catch {
            mailbox.post(.failed(reason: "\(error)"))
        }
    }

    private func recordCheck(new: [RunPicture], leftOut: [RunPicture]) {
        do { try run.verdicts.remembering(new) } catch {
            log.warning("the answers of the picture check can't be remembered: \(error)")
        }
        self.leftOut += leftOut.map { picture in
            if case .unreadable(let reason) = picture.verdict { return (picture.name, reason) }
            return (picture.name, "unreadable")
        }
        write("problems") { try run.folder.write(problems: self.leftOut) }
        // From here on there is a run to be resumed; one that can't begin leaves no record that it did.
        if !machine.hasEnded {
            var record = run.record
            record.readablePictures = machine.position.readable?.hex
            write("record") { try run.folder.write(record) }
        }
        guard let first = self.leftOut.first else { return }
        log.warning(
            "\(self.leftOut.count) pictures can't be read and are left out, the first is \(first.path): \(first.reason); problems.csv lists them all"
        )
    }

    /// A file of the run that can't be written ends it: the state on disk would be behind what was reported.
    private func write(_ what: String, _ body: () throws -> Void) {
        do { try body() } catch { mailbox.post(.failed(reason: "\(error)")) }
    }

    private func finish() throws -> RunOutcome {
        while finalHead == nil {
            for mail in mailbox.drain() { take(mail) }
            _ = try poller.wait(for: [router], timeout: .milliseconds(10))
        }
        head.close()
        try checkpoints.close()
        write("history") { try run.folder.write(history: machine.position.history) }
        for mail in mailbox.drain() { take(mail) }
        if let dropped = machine.answers.dropped { log.notice("\(dropped)") }
        guard let end, let finalHead else { preconditionFailure("the loop ends with an end") }
        switch end {
        case .completed, .stoppedEarly: try writeModel(finalHead)
        case .failed, .interrupted: break
        }
        progress.close(end, machine: machine, leftOut: leftOut, at: now)
        if case .failed(let reason) = end { throw RunFailure(reason: reason) }
        return RunOutcome(end: end, history: machine.position.history, picturesLeftOut: leftOut.count)
    }

    private func writeModel(_ head: HeadSnapshot) throws {
        guard head.parameters.isFinite else {
            throw RunFailure(
                reason: "the weights are not finite after the last step; lower --learning-rate and begin anew"
            )
        }
        let model = TrainedModel(
            classes: run.configuration.classes, head: head.parameters, architecture: run.plan.architecture,
            preprocessing: run.plan.preprocessing, honorsExifOrientation: run.plan.honorsExifOrientation,
            weights: run.plan.weights, weightsDigest: run.backboneDigest)
        try model.write(to: run.folder.path + "/" + TrainedModel.fileName)
    }
}

/// A run that failed, with the reason and what to do.
package struct RunFailure: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }
}

extension LogLevel {
    /// As swift-log has it.
    var loggingLevel: Logger.Level {
        switch self {
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
