import TrainingProtocol
import WireMessages

/// The coordinator's own answers to leases, found on a thread of its own as a worker finds them, from the
/// run's own files: it tells who is right where workers differ, or where one has nobody beside it.
///
/// It takes as much memory as a worker (some 355 MB), so it is there while somebody asks, and not for longer.
final class OwnOpinion {
    private let session: SessionConfiguration
    private let makeQueue: () -> CommandQueue<WorkCommand>
    private var queue: CommandQueue<WorkCommand>?
    /// Leases that it was asked for and has not answered, and when it was asked or answered last.
    private var open = 0
    private var lastUsed = Instant.zero

    /// It is forgotten when it has been idle for so long.
    private static let idleTime = Duration.seconds(30)

    /// - Parameter report: called on that thread with each answer.
    init(
        _ run: PreparedRun, environment: RuntimeEnvironment, report: @escaping @Sendable (LeaseResult) -> Void
    ) {
        session = run.configuration.session
        let content = run.content
        makeQueue = {
            CommandQueue(name: "own opinion") {
                // What other processes have stored is no opinion of this one's.
                let service = WorkerService(
                    threads: environment.processorCount, storeCapacityBytes: 0, environment: environment,
                    source: RunContent(paths: content)
                ) { if case .finished(let result) = $0 { report(result) } }
                return { service.handle($0) }
            }
        }
    }

    /// Does a lease; `weights` are those that it needs, where it needs any.
    func decide(_ lease: Lease, weights: HeadWeights?, at now: Instant) {
        open += 1
        lastUsed = now
        let queue = queue ?? makeQueue()
        if self.queue == nil {
            let welcome = Welcome(
                run: lease.run, workerNumber: CoordinatorMachine.ownNumber, heartbeatMilliseconds: 0,
                session: session)
            queue.post(.prepare(welcome))
        }
        self.queue = queue
        if let weights, lease.work.weightsStep == weights.step { queue.post(.keepWeights(weights)) }
        queue.post(.lease(lease))
    }

    /// Its answer has arrived.
    func noteAnswer(at now: Instant) {
        open -= 1
        lastUsed = now
    }

    /// Gives its memory back where nobody has asked for long.
    func restIfIdle(at now: Instant) {
        guard open == 0, now - lastUsed > Self.idleTime else { return }
        queue?.close()
        queue = nil
    }
}
