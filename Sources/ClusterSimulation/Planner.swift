import TrainingProtocol
import WireMessages

/// Predicts what one epoch takes for a cluster of some size, by running the real state machines in virtual
/// time.
package struct Planner: Sendable {
    package var pictures = 10_000
    package var batchSize = 32
    /// `nil` if it follows the workers.
    package var lookaheadPictures: Int?
    /// The time a worker needs for one picture's features.
    package var millisecondsPerPicture = 86.0
    /// The time the coordinator needs for a step's update and the next step's sums.
    package var millisecondsPerStep = 7.5
    /// The time a worker needs for a chunk's gradient.
    package var millisecondsPerGradient = 0.2
    /// The bandwidth of the coordinator's network, in each direction.
    package var megabitsPerSecond = 1000.0
    package var latencyMilliseconds = 0.2
    package var sizes = MessageSizes()

    package init() {}

    package struct Prediction: Sendable {
        /// In pictures.
        package let lookahead: Int
        package let seconds: Double
        package let steps: Int
        package let bytesUp: Int
        package let bytesDown: Int
        /// The share of the workers' time in which they are idle.
        package let idleShare: Double
        /// The share of the run's time in which the head is busy.
        package let headShare: Double
        /// The share of the run's time in which the busier direction of the network is in use.
        package let networkShare: Double
        package let bound: Bound
        package let pictures: Int
    }

    /// What limits the speed of the run.
    package enum Bound: String, Sendable {
        case extraction = "extraction: more workers help"
        case head = "the coordinator's update"
        case network = "the coordinator's network"
        case lookahead = "the look-ahead: raise it to occupy more workers"
        case roundTrips = "a step's round trips"
    }

    /// From this share on, a resource counts as the limit.
    private static let busyShare = 0.85

    package func predict(workers: Int) throws(Violation) -> Prediction {
        let bytesPerSecond = megabitsPerSecond * 125_000
        var cluster = SimulatedCluster(
            scenario(workers: workers),
            link: SharedLink(
                bytesPerSecond: bytesPerSecond, latency: Self.time(latencyMilliseconds), sizes: sizes))
        cluster.eventsAtMost = .max
        try cluster.run()
        let seconds = cluster.now.seconds
        let (up, down) = (cluster.link?.bytesUp ?? 0, cluster.link?.bytesDown ?? 0)
        let busy = cluster.workers.map(\.busy.seconds).reduce(0, +)
        let busyShare = min(1, busy / seconds / Double(workers))
        let headShare = (cluster.coordinator?.headBusy.seconds ?? 0) / seconds
        let networkShare = Double(max(up, down)) / bytesPerSecond / seconds
        let lookahead = lookahead(workers: workers)
        let window = (lookahead + batchSize) / TrainingSchedule.chunkSize
        let bound: Bound =
            if busyShare >= Self.busyShare {
                .extraction
            } else if max(headShare, networkShare) >= Self.busyShare {
                headShare > networkShare ? .head : .network
            } else {
                window < 2 * workers ? .lookahead : .roundTrips
            }
        return Prediction(
            lookahead: lookahead, seconds: seconds, steps: cluster.reference.samples.count, bytesUp: up,
            bytesDown: down, idleShare: 1 - busyShare, headShare: headShare, networkShare: networkShare,
            bound: bound, pictures: pictures)
    }

    /// The number of pictures that are extracted ahead of their step.
    private func lookahead(workers: Int) -> Int {
        var limits = ProtocolLimits()
        limits.lookaheadPictures = lookaheadPictures
        return limits.lookahead(slots: Self.slots * workers, featureBytes: sizes.features)
    }

    /// Slots of each worker.
    private static let slots = 2

    private static func time(_ milliseconds: Double) -> SimulatedTime {
        SimulatedTime(milliseconds * Double(SimulatedTime.millisecond))
    }

    private func scenario(workers: Int) -> Scenario {
        let training = (0..<pictures).map { number in
            RunPicture(
                name: "\(number)", digest: FakeArithmetic.digest(UInt64(number)), byteCount: 1,
                label: number % 2, verdict: .readable)
        }
        let session = SessionConfiguration(
            seed: 1, backbone: "vgg19", randomWeights: "random:7", weightsDigest: FakeArithmetic.digest(7),
            weightsByteCount: 0, preprocessing: "rescale", honorsExifOrientation: false, pixelLimit: 1,
            augmentation: Augmentation(shearDegrees: 0.2, zoom: 0.2, horizontalFlip: true),
            hiddenUnits: sizes.hiddenUnits, classCount: sizes.classes)
        var configuration = CoordinatorConfiguration(
            run: "run", session: session, training: training, validation: [],
            classes: (0..<sizes.classes).map { "\($0)" }, batchSize: batchSize, epochs: 1,
            exchange: .factors, allowsEmptyClasses: true, arithmetic: FakeArithmetic.digest(1))
        configuration.limits.lookaheadPictures = lookahead(workers: workers)
        let traits = Scenario.WorkerTraits(
            joins: 0, timePerPicture: Self.time(millisecondsPerPicture), preparation: .millisecond,
            timerInterval: 100 * .millisecond, slots: Self.slots)
        return Scenario(
            seed: 1, configuration: configuration, unreadable: [],
            workers: Array(repeating: traits, count: workers),
            costs: Costs(
                gradient: Self.time(millisecondsPerGradient), update: Self.time(millisecondsPerStep),
                sums: Self.time(millisecondsPerStep), snapshot: 20 * .millisecond, write: .second),
            network: NetworkFaults(
                loss: 0, repeats: 0, delay: 0...1, reorders: false, hidesDisconnections: false,
                strays: false, failures: 0),
            faults: [], calmFrom: 0, bound: 1_000_000 * .second)
    }
}
