import TrainingProtocol
import WireMessages

/// The coordinator's own answers to leases, computed on a thread of its own from the run's files, as a worker
/// would. They decide where workers disagree, or where a worker has no other to be compared with.
///
/// It takes as much memory as a worker (some 355 MB), so it is created on demand and released when idle.
final class OwnOpinion {
    private let session: SessionConfiguration
    private let makeQueue: () -> CommandQueue<WorkCommand>
    private var queue: CommandQueue<WorkCommand>?
    /// The number of unanswered leases, and the time of the last request or answer.
    private var open = 0
    private var lastUsed = Instant.zero

    /// It is released after being idle for this long.
    private static let idleTime = Duration.seconds(30)

    /// - Parameter report: called on that thread with each answer.
    init(
        _ run: PreparedRun, environment: RuntimeEnvironment, report: @escaping @Sendable (LeaseResult) -> Void
    ) {
        session = run.configuration.session
        let content = run.content
        makeQueue = {
            CommandQueue(name: "own opinion") {
                // No feature store: what other processes have stored would not be an independent answer.
                let service = WorkerService(
                    threads: environment.processorCount, storeCapacityBytes: 0, environment: environment,
                    source: RunContent(paths: content)
                ) { if case .finished(let result) = $0 { report(result) } }
                return { service.handle($0) }
            }
        }
    }

    /// Executes a lease; `weights` are those that it needs, if any.
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

    func noteAnswer(at now: Instant) {
        open -= 1
        lastUsed = now
    }

    /// Releases the memory after `idleTime` without requests.
    func restIfIdle(at now: Instant) {
        guard open == 0, now - lastUsed > Self.idleTime else { return }
        queue?.close()
        queue = nil
    }
}
