import ContentAddressing
import ExactArithmetic
import TrainingProtocol
import WireMessages

/// A coordinator and workers as values under a virtual clock: messages take a millisecond, work takes what
/// the test says, and everything that happens is recorded.
struct ClusterInMemory {
    enum Node: Hashable {
        case coordinator
        case worker(Int)
    }

    private struct Scheduled {
        let time: Duration
        let order: Int
        let action: (inout ClusterInMemory) -> Void
    }

    var coordinator: CoordinatorMachine
    var workers: [Int: WorkerMachine] = [:]
    /// The worker behind each connection, and the connections that are open.
    var workerOfPeer: [Peer: Int] = [:]
    var openPeers: Set<Peer> = []
    var now = Duration.zero
    private var agenda: [Scheduled] = []
    private var scheduled = 0
    private var nextPeer = 0

    /// Seconds that each worker needs for a lease's picture.
    var secondsPerPicture: [Int: Double] = [:]
    /// Pictures that no worker can read.
    var unreadable: Set<ContentDigest> = []
    /// Losses to answer with instead of the usual, by picture.
    var losses: [ContentDigest: Float] = [:]

    /// Seconds that a worker needs for a lease besides its pictures, by worker; `nil` for ever.
    var delays: [Int: (Lease) -> Double?] = [:]
    /// What a worker answers instead of the right thing, by worker.
    var answers: [Int: (Lease, Outcome) -> Outcome] = [:]
    /// What the coordinator answers itself instead, and the leases that it was asked for.
    var ownAnswer: (Lease, Outcome) -> Outcome = { $1 }
    var decided: [LeaseID] = []
    /// The name of the weights published last.
    var weights = ContentDigest(hashing: [])
    /// The steps of the weights that can be sent, and of those that were to be and could not.
    var publishedStep: Int?
    var missingWeights: [Int] = []
    var remembered: [RunPicture] = []

    var applied: [StepUpdate] = []
    var checkpoints: [RunPosition] = []
    var epochs: [EpochRecord] = []
    var end: RunEnd?
    var workerEnds: [Int: WorkerEnd] = [:]
    var leasesGranted: [(worker: Int, id: LeaseID)] = []
    var leftOut: [RunPicture] = []
    var logs: [String] = []

    init(_ configuration: CoordinatorConfiguration, position: RunPosition = RunPosition()) {
        coordinator = CoordinatorMachine(configuration, position: position)
        feed(.started)
        tick()
    }

    /// Plans an action.
    mutating func after(_ delay: Double, _ action: @escaping (inout ClusterInMemory) -> Void) {
        scheduled += 1
        agenda.append(Scheduled(time: now + .seconds(delay), order: scheduled, action: action))
    }

    /// Lets time pass until the run has ended, nothing is planned, or a bound is reached.
    mutating func run(untilSecond bound: Double = 10_000) {
        while end == nil, let next = agenda.indices.min(by: { earlier(agenda[$0], agenda[$1]) }) {
            let planned = agenda.remove(at: next)
            guard planned.time <= .seconds(bound) else { return }
            now = planned.time
            planned.action(&self)
        }
    }

    private func earlier(_ left: Scheduled, _ right: Scheduled) -> Bool {
        (left.time, left.order) < (right.time, right.order)
    }

    private mutating func tick() {
        after(0.1) { cluster in
            cluster.feed(.timer)
            for worker in cluster.workers.keys.sorted() { cluster.feed(.timer, worker: worker) }
            cluster.tick()
        }
    }

    // MARK: Workers

    mutating func startWorker(
        _ worker: Int, secondsPerPicture: Double = 0.1, arithmetic: ContentDigest? = nil
    ) {
        self.secondsPerPicture[worker] = secondsPerPicture
        let hello = Hello(
            protocolVersion: protocolVersion, workerID: "worker-\(worker)", host: "host-\(worker)",
            processID: 1,
            threads: 1, kernels: "avx2", arithmetic: arithmetic ?? coordinator.configuration.arithmetic)
        workers[worker] = WorkerMachine(hello: hello, address: "tcp://coordinator")
        connect(worker)
        feed(.started, worker: worker)
    }

    mutating func connect(_ worker: Int) {
        nextPeer += 1
        workerOfPeer[nextPeer] = worker
        openPeers.insert(nextPeer)
    }

    /// The process is gone without a word; the coordinator's transport notices after a moment.
    mutating func kill(_ worker: Int, noticedAfter delay: Double = 0.01) {
        workers[worker] = nil
        for peer in openPeers.sorted() where workerOfPeer[peer] == worker {
            openPeers.remove(peer)
            after(delay) { $0.feed(.peerLost(peer, reason: "the connection closed")) }
        }
    }

    private func peer(of worker: Int) -> Peer? { openPeers.filter { workerOfPeer[$0] == worker }.max() }

    mutating func feed(_ event: WorkerEvent, worker: Int) {
        guard let actions = workers[worker]?.handle(event, now: Instant(now)) else { return }
        for action in actions {
            switch action {
            case .send(let message):
                guard let peer = peer(of: worker) else { break }
                after(0.001) { cluster in
                    if cluster.openPeers.contains(peer) { cluster.feed(.received(message, from: peer)) }
                }
            case .prepare: after(0.5) { $0.feed(.prepared(slots: 2), worker: worker) }
            case .start(let lease): compute(lease, worker: worker)
            case .dropLeases, .keepWeights, .contentArrived, .reconnect, .log: break
            case .leave(let end):
                workerEnds[worker] = end
                workers[worker] = nil
            }
        }
    }

    private mutating func compute(_ lease: Lease, worker: Int) {
        leasesGranted.append((worker, lease.id))
        let (right, pictures) = answer(lease.work)
        let outcome = answers[worker].map { $0(lease, right) } ?? right
        guard let extra = delays[worker].map({ $0(lease) }) ?? 0 else { return }
        let delay = (secondsPerPicture[worker] ?? 0) * Double(pictures) + extra
        after(max(delay, 0.001)) { cluster in
            let result = LeaseResult(to: lease, seconds: delay, outcome: outcome)
            cluster.feed(.leaseFinished(result), worker: worker)
        }
    }

    /// What any worker answers: a function of the work alone.
    private func answer(_ work: Work) -> (Outcome, pictures: Int) {
        func score(_ sample: Sample) -> SampleScore {
            SampleScore(loss: losses[sample.picture] ?? 0.5, predicted: sample.label)
        }
        func gradient(_ scores: [SampleScore]) -> ChunkGradient {
            ChunkGradient(
                delta: Tensor([Float](repeating: 0, count: scores.count), shape: [scores.count, 1]),
                outputGradient: Tensor([0], shape: [1]), scores: scores)
        }
        switch work {
        case .check(let samples):
            return (.checked(samples.map { unreadable.contains($0.picture) ? "cut short" : nil }), 0)
        case .extract(let samples, let returnsFeatures):
            return (.extracted(returnsFeatures ? samples.map { _ in Tensor([1]) } : []), samples.count)
        case .factorGradient(let work):
            let count = work.labels.count
            return (
                .factorGradient(
                    FactorGradient(
                        delta: Tensor([Float](repeating: 0, count: count), shape: [count, 1]),
                        outputDelta: Tensor([Float](repeating: 0, count: count * 2), shape: [count, 2]),
                        scores: work.labels.map { SampleScore(loss: 0.5, predicted: $0) })), 0
            )
        case .denseGradient(let samples, _, _):
            return (.denseGradient(kernel: Tensor([0], shape: [1]), gradient(samples.map(score))), 0)
        case .evaluate(let samples, _): return (.evaluated(samples.map(score)), samples.count)
        }
    }

    // MARK: The coordinator

    mutating func feed(_ event: CoordinatorEvent) {
        guard end == nil else { return }
        for action in coordinator.handle(event, now: Instant(now)) { perform(action) }
    }

    private mutating func perform(_ action: CoordinatorAction) {
        switch action {
        case .send(let message, let peer):
            guard let worker = workerOfPeer[peer], openPeers.contains(peer) else { return }
            after(0.001) { $0.feed(.received(message), worker: worker) }
        case .forget(let peer): openPeers.remove(peer)
        case .computePreactivations(let next):
            after(0.002) { $0.feed(.preactivationsReady(step: next.step, chunks: Self.works(next))) }
        case .applyStep(let update, let next):
            applied.append(update)
            after(0.01) { cluster in
                if let next {
                    cluster.feed(.preactivationsReady(step: next.step, chunks: Self.works(next)))
                }
                cluster.feed(.stepApplied(step: update.step))
            }
        case .publishWeights(let step, let digest):
            weights = digest
            after(0.002) { cluster in
                cluster.publishedStep = step
                cluster.feed(.weightsReady(step: step))
            }
        case .checkpoint(let position): checkpoints.append(position)
        case .epochFinished(let record): epochs.append(record)
        case .decode(let pictures):
            let decoded = pictures.map { picture in
                DecodedPicture(
                    digest: picture.digest,
                    verdict: unreadable.contains(picture.digest)
                        ? .unreadable(reason: "cut short") : .readable)
            }
            after(0.005) { $0.feed(.picturesDecoded(decoded)) }
        case .decide(let lease):
            decided.append(lease.id)
            let outcome = ownAnswer(lease, answer(lease.work).0)
            after(0.3) { $0.feed(.decided(LeaseResult(to: lease, seconds: 0.3, outcome: outcome))) }
        case .remember(let picture): remembered.append(picture)
        case .picturesChecked(_, let leftOut): self.leftOut = leftOut
        case .finished(let end): self.end = end
        case .log(_, let text): logs.append(text)
        case .sendWeights(let step, let peer):
            if step != publishedStep { missingWeights.append(step) }
            guard let worker = workerOfPeer[peer], openPeers.contains(peer) else { return }
            let weights = HeadWeights(
                step: step, digest: weights, kernel: Tensor([0], shape: [1]),
                outputLayers: Tensor([0], shape: [1]))
            after(0.001) { $0.feed(.received(.weights(weights)), worker: worker) }
        case .serveContent, .keepFeatures: break
        }
    }

    private static func works(_ step: StepSamples) -> [FactorGradientWork] {
        stride(from: 0, to: step.samples.count, by: TrainingSchedule.chunkSize).map { first in
            let last = min(first + TrainingSchedule.chunkSize, step.samples.count)
            return FactorGradientWork(
                labels: Array(step.labels[first..<last]), samplesInStep: step.samples.count,
                preactivations: Tensor([Float](repeating: 0, count: last - first), shape: [last - first, 1]),
                outputLayers: Tensor([0], shape: [1]))
        }
    }
}

extension CoordinatorConfiguration {
    /// A run over `count` pictures of two classes; picture `i` is named "i".
    static func example(
        count: Int = 50, validation: Int = 0, batchSize: Int = 16, epochs: Int = 2,
        exchange: Exchange = .factors,
        augments: Bool = false
    ) -> CoordinatorConfiguration {
        func pictures(_ count: Int, prefix: String) -> [RunPicture] {
            (0..<count).map {
                RunPicture(
                    name: "\(prefix)\($0)", digest: ContentDigest(hashing: "\(prefix)\($0)".utf8),
                    byteCount: 1,
                    label: $0 % 2)
            }
        }
        let session = SessionConfiguration(
            seed: 1, backbone: "vgg16", randomWeights: "random:7", weightsDigest: ContentDigest(hashing: []),
            weightsByteCount: 0, preprocessing: "rescale", honorsExifOrientation: false, pixelLimit: 1,
            augmentation: augments ? Augmentation(shearDegrees: 0.2, zoom: 0.2, horizontalFlip: true) : nil,
            hiddenUnits: 1, classCount: 2)
        return CoordinatorConfiguration(
            run: "run", session: session, training: pictures(count, prefix: "t"),
            validation: pictures(validation, prefix: "v"), classes: ["a", "b"], batchSize: batchSize,
            epochs: epochs, exchange: exchange, arithmetic: ContentDigest(hashing: [1]))
    }
}
