import ClassifierHead
import ContentAddressing
import Foundation
import LivePage
import Logging
import TrainingProtocol
import TrainingReports
import WireMessages
import ZeroMQTransport

/// Runs the coordinator's state machine: one thread owns the sockets, feeds events to the machine and
/// performs its actions. The head is computed on a thread of its own, and files are written on another.
final class CoordinatorLoop {
    private let run: PreparedRun
    private let log: Logger
    private let router: RouterSocket
    private let access: CoordinatorAccess
    private let poller: SocketPoller
    private let mailbox: Mailbox<CoordinatorMail>
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private let began: Duration
    private var machine: CoordinatorMachine
    private let head: CommandQueue<HeadCommand>
    private let files: RunFileWriter
    private let vetting: AnswerVetting
    private let content: ContentService
    private let decoder: OwnDecoder
    private let opinion: OwnOpinion
    private let limits: WireLimits
    private var peers = PeerNumbers()
    private var publishedWeights: HeadWeights?
    /// Features of the answer that the machine is handling.
    private var vettedFeatures: [SparseFeatures] = []
    private var progress: ProgressReporter
    private var lastTimer = Duration.zero
    private var lastWait: Duration?
    private var hasAppliedStep = false
    /// Goodbyes to workers, held back until the end is on the disk.
    private var farewells: [Peer: CoordinatorMessage] = [:]
    /// The run's files are complete, so goodbyes are no longer held back.
    private var isLeaving = false
    private var absentees = Absentees()
    /// Workers of the previous coordinator may be reconnecting; local workers ended with it.
    private let isSuccessor: Bool
    private var hasWrittenFiles = false
    private var end: RunEnd?
    private var finalHead: HeadSnapshot?
    private var leftOut: [(path: String, reason: String)]
    private var localWorkers: LocalWorkers?

    /// The interval of the machine's timer events.
    private static let timerInterval = Duration.milliseconds(50)
    /// Messages handled before the timer and the other threads get their turn.
    private static let messagesPerTurn = 256
    /// The interval at which an ongoing wait is logged.
    private static let waitNoticeInterval = Duration.seconds(10)

    init(
        _ run: PreparedRun, router: RouterSocket, access: CoordinatorAccess,
        mailbox: Mailbox<CoordinatorMail>, wakeup: Wakeup,
        localWorkers: LocalWorkers?, page: LivePageServer?, origin: ContinuousClock.Instant,
        environment: RuntimeEnvironment
    ) {
        self.run = run
        self.router = router
        self.access = access
        self.mailbox = mailbox
        self.localWorkers = localWorkers
        log = environment.logger
        poller = SocketPoller(wakeup: wakeup)
        self.origin = origin
        began = origin.duration(to: clock.now)
        machine = CoordinatorMachine(run.configuration, position: run.position)
        isSuccessor = run.plan.resume && localWorkers == nil
        vetting = AnswerVetting(shape: run.head.parameters.shape)
        content = ContentService(ContentReaders(paths: run.content) { mailbox.post(.content($0)) })
        decoder = OwnDecoder(session: run.configuration.session) { mailbox.post(.decoded($0)) }
        opinion = OwnOpinion(run, environment: environment) { mailbox.post(.decided($0)) }
        limits = TransportSettings.forHead(hiddenUnits: run.plan.hiddenUnits).limits
        leftOut = run.unreadable
        files = RunFileWriter(store: run.folder.checkpoints(run: run.record.run)) { reason in
            mailbox.post(.failed(reason: reason))
        }
        progress = ProgressReporter(run, page: page, files: files, environment: environment)
        head = HeadService.start(run, environment: environment) { mailbox.post(.head($0)) }
    }

    /// Runs until the run ends for whatever reason, and writes the final files.
    func runToEnd() throws -> RunOutcome {
        feed(.started)
        while end == nil {
            _ = try poller.wait(for: [router], timeout: Self.timerInterval)
            try receive()
            for mail in mailbox.drain() { take(mail) }
            tick()
        }
        progress.clear()
        // Workers are told of the end once it is on the disk: if this process dies before, its successor
        // needs them. If writing fails, the run ends as a failure, and that is what they are told.
        do { try writeResult() } catch {
            fail("\(error)", canGoOn: (error as? RunFailure)?.canGoOn ?? true)
        }
        let outcome = close()
        // The run's end is settled by now; workers that can't be told wait until they give up.
        try? sayFarewell()
        localWorkers?.stop()
        if case .failed(let reason) = outcome.end { throw RunFailure(reason: reason) }
        return outcome
    }

    /// Ends the run with a failure, unless one has ended it already.
    private func fail(_ reason: String, canGoOn: Bool = true) {
        if case .failed? = end { return }
        feed(.ownerFailed(reason: reason, canGoOn: canGoOn))
    }

    /// Tells the workers, and those that return meanwhile, that the run is over, until all have left or the
    /// time is up.
    private func sayFarewell() throws {
        isLeaving = true
        for (peer, message) in farewells { send(message, to: peer) }
        // Workers that are to wait for a successor don't leave.
        guard machine.isOver else { return }
        let start = now
        let someoneMayCome = isSuccessor && start.sinceOrigin < Self.returnTime
        let linger = run.plan.listenEndpoint == nil ? .zero : Duration.seconds(run.plan.lingerSeconds)
        if let notice = absentees.notice(now: start, linger: linger) { log.notice("\(notice)") }
        while true {
            let isSomeoneAway = !absentees.hosts(now: now).isEmpty
            let time = isSomeoneAway ? max(linger, Self.farewellTime) : Self.farewellTime
            guard now - start < time, isSomeoneAway || someoneMayCome || machine.hasWorkers else { return }
            _ = try poller.wait(for: [router], timeout: Self.timerInterval)
            try receive()
            for case .stopRequested in mailbox.drain() { return }
        }
    }

    /// How long workers have to leave.
    private static let farewellTime = Duration.seconds(2)
    /// A worker of the previous coordinator returns within this time.
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
                absentees.note(message, from: peer)
                switch message {
                case .result(let result): vet(result) { .received(.result($0), from: peer) }
                case .hello(let hello):
                    feed(.received(message, from: peer))
                    if localWorkers?.have(hello) ?? false { feed(.vouched(for: peer)) }
                default: feed(.received(message, from: peer))
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
        while let (id, reason) = router.nextEnding() {
            guard let peer = peers.known(id) else { continue }
            feed(.peerLost(peer, reason: "its connection was ended: \(reason)"))
            forget(peer)
        }
        while let id = router.nextDisconnection() {
            guard let peer = peers.remove(id) else { continue }
            content.forget(peer)
            absentees.lose(peer, now: now)
            feed(.peerLost(peer, reason: "its connection ended"))
        }
    }

    /// Checks an answer, decodes its features and feeds it to the machine.
    private func vet(_ result: LeaseResult, event: (LeaseResult) -> CoordinatorEvent) {
        let (vetted, features) = vetting.vet(result)
        vettedFeatures = features
        feed(event(vetted))
        vettedFeatures = []
    }

    /// Ends a peer whose key was revoked; the router drops its messages already.
    private func showOut(_ id: PeerID) {
        let peer = peers.number(of: id)
        send(.refused(reason: "its key is not admitted any more; ask for another token"), to: peer)
        feed(.peerLost(peer, reason: "its key was revoked"))
        forget(peer)
    }

    /// Sends nothing more to the peer; if it speaks again, it counts as a new one.
    private func forget(_ peer: Peer) {
        absentees.lose(peer, now: now)
        peers.forget(peer)
        content.forget(peer)
    }

    private func end(_ peer: Peer, because reason: EndingReason) {
        guard let id = peers.id(of: peer) else { return }
        do { try router.end(id, because: reason) } catch { mailbox.post(.failed(reason: "\(error)")) }
    }

    private func take(_ mail: CoordinatorMail) {
        switch mail {
        case .head(.preactivationsReady(let step, let chunks)):
            feed(.preactivationsReady(step: step, chunks: chunks))
        case .head(.stepApplied(let step)):
            if !hasAppliedStep {
                hasAppliedStep = true
                let seconds = String(format: "%.2f", (now.sinceOrigin - began).inSeconds)
                log.info("step \(step + 1) is the first of this process, after \(seconds) s")
            }
            feed(.stepApplied(step: step))
        case .head(.weightsReady(let weights)):
            publishedWeights = weights
            feed(.weightsReady(step: weights.step))
        case .head(.checkpointTaken(let position, let snapshot)):
            files.write(CheckpointFile(run: run.record.run, position: position, head: snapshot))
        case .head(.finished(let snapshot)): finalHead = snapshot
        case .failed(let reason): fail(reason)
        case .prepared: break
        case .content(let report):
            if case .read(_, _, let problem?) = report { log.warning("content can't be served: \(problem)") }
            if let (piece, peer) = content.take(report, at: now) { send(.contentPiece(piece), to: peer) }
        case .filesWritten: hasWrittenFiles = true
        case .decoded(let pictures): feed(.picturesDecoded(pictures))
        case .decided(let result):
            opinion.noteAnswer(at: now)
            vet(result) { .decided($0) }
        case .stopRequested: feed(.stopRequested)
        case .reportRequested: for line in machine.report(now: now) { log.notice("\(line)") }
        case .workerProcessLine(let slot, let line): log.debug("worker process \(slot + 1): \(line)")
        case .workerProcessEnded(let slot, let processEnd, let lastLines):
            if let reason = localWorkers?.replace(slot, after: processEnd, lastLines: lastLines, log: log) {
                fail(reason)
            }
        }
    }

    private func tick() {
        let elapsed = now.sinceOrigin
        guard elapsed - lastTimer >= Self.timerInterval else { return }
        lastTimer = elapsed
        if access.refresh(at: elapsed) { router.expelRevoked() }
        access.report(at: elapsed)
        checkContent()
        opinion.restIfIdle(at: now)
        feed(.timer)
        if let reason = localWorkers?.startDue(log: log) { fail(reason) }
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

    private func checkContent() {
        let (stalled, stuck) = content.check(at: now) { peer in
            peers.id(of: peer).map { router.queuedBytes(for: $0) } ?? 0
        }
        for path in stalled {
            log.warning(
                "reading \(path) takes long; who needs it waits; check its disk, or the network to it")
        }
        for peer in stuck { end(peer, because: .takesNothing(for: content.limits.stuckAfter)) }
    }

    private func perform(_ action: CoordinatorAction) {
        switch action {
        case .send(.goodbye(let reason, let final), let peer) where machine.hasEnded && !isLeaving:
            farewells[peer] = .goodbye(reason: reason, final: final)
        case .send(let message, let peer): send(message, to: peer)
        case .sendWeights(let step, let peer):
            guard let weights = publishedWeights, weights.step == step else {
                mailbox.post(.failed(reason: "the weights of step \(step) are gone; use --resume"))
                return
            }
            send(.weights(weights), to: peer)
        case .serveContent(let request, let peer):
            if !content.ask(request, for: peer, at: now) { end(peer, because: .asksTooMuch) }
        case .forget(let peer): forget(peer)
        case .keepFeatures(let step, let samples, _):
            head.post(.keepFeatures(step: step, samples: samples, features: vettedFeatures))
        case .computePreactivations(let step): head.post(.computePreactivations(step))
        case .applyStep(let update, let next): head.post(.applyStep(update, next: next))
        case .publishWeights(let step, let digest): head.post(.publishWeights(step: step, digest: digest))
        case .checkpoint(let position): head.post(.checkpoint(position))
        case .decode(let pictures): decoder.decode(pictures)
        case .decide(let lease): opinion.decide(lease, weights: publishedWeights, at: now)
        case .remember(let picture):
            files.perform { [verdicts = run.verdicts] in verdicts.remember([picture]) }
        case .picturesChecked(let new, let leftOut): recordCheck(new: new, leftOut: leftOut)
        case .epochFinished(let record):
            progress.epochFinished(record, machine: machine, leftOut: leftOut, at: now)
            writeHistory()
        case .log(let level, let text): log.log(level: level.loggingLevel, "\(text)")
        case .finished(let end):
            if self.end == nil { head.post(.finish) }
            self.end = end
        }
    }

    private func send(_ message: CoordinatorMessage, to peer: Peer) {
        guard let id = peers.id(of: peer) else { return }
        absentees.note(sent: message, to: peer)
        do {
            switch try router.send(message.encoded(), to: id) {
            case .sent: break
            case .unreachable: break  // Its disconnection is on the way.
            case .wouldBlock: end(peer, because: .doesNotRead)
            }
            if case .welcome = message { router.trust(id) }
        } catch {
            mailbox.post(.failed(reason: "\(error)"))
        }
    }

    private func recordCheck(new: [RunPicture], leftOut: [RunPicture]) {
        let (verdicts, folder) = (run.verdicts, run.folder)
        files.perform { verdicts.remember(new) }
        self.leftOut += leftOut.map { ($0.name, $0.verdict?.reason ?? "unreadable") }
        files.perform { [leftOut = self.leftOut] in try folder.write(problems: leftOut) }
        // From here on the run can be resumed. A run that could not begin leaves no record.
        if !machine.hasEnded {
            var record = run.record
            record.readablePictures = machine.position.readable?.hex
            files.perform { [record] in try folder.write(record) }
        }
        guard let first = self.leftOut.first else { return }
        log.warning(
            "\(self.leftOut.count) pictures can't be read and are left out, the first is \(first.path): \(first.reason); problems.csv lists them all"
        )
    }

    private func writeHistory() {
        let (folder, history) = (run.folder, machine.position.history)
        files.perform { try folder.write(history: history) }
    }

    /// Keeps answering workers until another thread is done.
    private func keepAnswering(until isDone: () -> Bool) throws {
        while true {
            for mail in mailbox.drain() { take(mail) }
            if isDone() { return }
            _ = try poller.wait(for: [router], timeout: Self.timerInterval)
            try receive()
        }
    }

    /// Waits for pending computations and writes, then writes the model.
    private func writeResult() throws {
        try keepAnswering { finalHead != nil }
        head.close()
        writeHistory()
        files.perform { [mailbox] in mailbox.post(.filesWritten) }
        try keepAnswering { hasWrittenFiles || files.hasFailed }
        try files.close()
        for mail in mailbox.drain() { take(mail) }
        if let dropped = machine.answers.dropped { log.notice("\(dropped)") }
        if let end, end.hasModel, let finalHead { try run.writeModel(finalHead) }
    }

    /// Records how the run ended in its folder, and tells the user.
    private func close() -> RunOutcome {
        guard let end else { preconditionFailure("the loop ends with an end") }
        run.keep(RunEndRecord(end, canGoOn: machine.canGoOn, position: machine.position), log: log)
        progress.close(end, machine: machine, leftOut: leftOut, at: now)
        let (history, canResume) = (machine.position.history, run.folder.hasRecord)
        return RunOutcome(
            end: end, history: history, picturesLeftOut: leftOut.count, canResume: canResume)
    }
}
