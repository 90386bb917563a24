import ContentAddressing
import ExactArithmetic
import TrainingProtocol
import WireMessages

extension Scenario {
    /// Draws the scenario of a seed.
    init(seed: UInt64) {
        var draw = CounterBasedGenerator(seed: seed, purpose: .simulation)
        let pictures = Self.drawPictures(&draw)
        var configuration = Self.drawConfiguration(&draw, training: pictures.training, pictures.validation)
        configuration.limits = Self.drawLimits(&draw)
        let count = 1 + draw.next(below: draw.next(below: 4) == 0 ? 8 : 4)
        // A few runs are long enough for every timeout to show itself in calm.
        let isLong = draw.next(below: 12) == 0
        let slowest = isLong ? 2000 : 20 + draw.next(below: 180)
        var workers = (0..<count).map { number in
            WorkerTraits(
                joins: number == 0 || draw.next(below: 3) > 0
                    ? 0 : SimulatedTime(draw.next(below: 5000)) * .millisecond,
                timePerPicture: SimulatedTime(1 + draw.next(below: slowest)) * .millisecond,
                preparation: SimulatedTime(1 + draw.next(below: 3000)) * .millisecond,
                timerInterval: SimulatedTime(100 + draw.next(below: 200)) * .millisecond,
                slots: 1 + draw.next(below: 3))
        }
        configuration.minimumWorkers = 1 + draw.next(below: count)
        let horizon = Self.horizon(of: configuration, slowest: slowest)
        let faults = Self.drawFaults(&draw, workers: count, horizon: min(horizon, 30 * .second))
        let calmFrom = faults.map { $0.time + $0.fault.lasts }.max() ?? 0
        let network = Self.drawNetwork(&draw)
        Self.drawVerification(&draw, &configuration, &workers)
        self.init(
            seed: seed, configuration: configuration, unreadable: pictures.unreadable, workers: workers,
            costs: Costs(
                gradient: SimulatedTime(1 + draw.next(below: 20)) * .millisecond / 4,
                update: SimulatedTime(1 + draw.next(below: 30)) * .millisecond,
                sums: SimulatedTime(1 + draw.next(below: 8)) * .millisecond,
                snapshot: SimulatedTime(1 + draw.next(below: 10)) * .millisecond,
                write: SimulatedTime(1 + draw.next(below: 400)) * .millisecond),
            network: network, faults: faults,
            calmFrom: max(calmFrom, network.isCalm ? 0 : min(horizon, 20 * .second)),
            bound: 0)
        bound = self.calmFrom + 180 * .second + 4 * horizon
    }

    /// Whether answers are compared, and a worker that is unsound where others can make up for it.
    private static func drawVerification(
        _ draw: inout CounterBasedGenerator, _ configuration: inout CoordinatorConfiguration,
        _ workers: inout [WorkerTraits]
    ) {
        configuration.verifiedShare = [0, 0, 0.1, 1][draw.next(below: 4)]
        let worker = draw.next(below: workers.count)
        switch draw.next(below: 12) {
        case 0 where workers.count > 2:
            configuration.verifiedShare = 1
            workers[worker].defect = .corrupts
        case 1 where workers.count > 1: workers[worker].defect = .fails
        default: break
        }
    }

    /// A sequence of all the work on the slowest worker, with what a step waits for.
    private static func horizon(of configuration: CoordinatorConfiguration, slowest: Int) -> SimulatedTime {
        let perEpoch = configuration.training.count + configuration.validation.count
        let steps = configuration.epochs * (configuration.training.count / configuration.batchSize + 1)
        return SimulatedTime(perEpoch * configuration.epochs * slowest + steps * 100) * .millisecond
    }

    private static func drawPictures(
        _ draw: inout CounterBasedGenerator
    ) -> (training: [RunPicture], validation: [RunPicture], unreadable: Set<ContentDigest>) {
        let badShare = draw.next(below: 3) == 0 ? 0.2 : 0
        let knownShare = Double(draw.next(below: 3)) / 2
        var unreadable: Set<ContentDigest> = []
        var made: [RunPicture] = []
        func makePicture(_ name: String, _ draw: inout CounterBasedGenerator) -> RunPicture {
            // The first of each kind can always be read, so that there is a data set.
            let isFirst = made.isEmpty || name == "v0"
            if !isFirst, draw.next(below: 25) == 0 {
                // The same picture under another name.
                var copy = made[draw.next(below: made.count)]
                copy.name = name
                return copy
            }
            let digest = FakeArithmetic.digest(draw.next())

            let isBad = !isFirst && draw.nextUnit() < badShare
            if isBad { unreadable.insert(digest) }
            let verdict: PictureVerdict = isBad ? .unreadable(reason: Self.unreadableReason) : .readable
            let picture = RunPicture(
                name: name, digest: digest, byteCount: 1 + draw.next(below: 1000),
                label: draw.next(below: classCount),
                verdict: draw.nextUnit() < knownShare ? verdict : nil)
            made.append(picture)
            return picture
        }
        let training = (0..<1 + draw.next(below: 60)).map { makePicture("t\($0)", &draw) }
        let validationCount = draw.next(below: 3) == 0 ? 0 : draw.next(below: 24)
        let validation = (0..<validationCount).map { makePicture("v\($0)", &draw) }
        return (training, validation, unreadable)
    }

    static let unreadableReason = "cut short"
    static let classCount = 3

    private static func drawConfiguration(
        _ draw: inout CounterBasedGenerator, training: [RunPicture], _ validation: [RunPicture]
    ) -> CoordinatorConfiguration {
        let augments = draw.next(below: 2) == 0
        let exchange: Exchange = draw.next(below: 3) == 0 ? .gradients : .factors
        let session = SessionConfiguration(
            seed: draw.next(), backbone: "vgg16", randomWeights: "random:7",
            weightsDigest: FakeArithmetic.digest(7), weightsByteCount: 0, preprocessing: "rescale",
            honorsExifOrientation: false, pixelLimit: 1,
            augmentation: augments ? Augmentation(shearDegrees: 0.2, zoom: 0.2, horizontalFlip: true) : nil,
            hiddenUnits: 1, classCount: classCount)
        return CoordinatorConfiguration(
            run: "run", session: session, training: training, validation: validation,
            classes: (0..<classCount).map { "class \($0)" }, batchSize: 1 + draw.next(below: 32),
            epochs: 1 + draw.next(below: 4), exchange: exchange,
            augmentsValidation: draw.next(below: 2) == 0,
            allowsEmptyClasses: true, arithmetic: FakeArithmetic.digest(1),
            keepsFeatures: !augments && exchange == .factors && draw.next(below: 2) == 0,
            earlyStoppingPatience: draw.next(below: 4) == 0 ? 1 + draw.next(below: 2) : 0)
    }

    private static func drawLimits(_ draw: inout CounterBasedGenerator) -> ProtocolLimits {
        var limits = ProtocolLimits()
        let lookahead = 1 + draw.next(below: 128)
        if lookahead % 2 == 0 {
            limits.lookaheadPictures = lookahead
        } else {
            limits.lookaheadAtLeast = lookahead / 8
            limits.lookaheadBytes = FakeArithmetic.featureBytes * (lookahead / 4)
        }
        limits.workersRemembered = lookahead % 3
        limits.slotsPerWorker = 1 + draw.next(below: 4)
        limits.picturesPerCheck = 1 + draw.next(below: 16)
        limits.checksAhead = 1 + draw.next(below: 16)
        limits.takeoverAfter = .milliseconds(500 + draw.next(below: 5000))
        limits.gradientTakeoverAfter = .milliseconds(100 + draw.next(below: 500))
        limits.resendAfter = .milliseconds(1000 + draw.next(below: 5000))
        limits.checkpointInterval = .milliseconds(50 + draw.next(below: 3000))
        return limits
    }

    private static func drawNetwork(_ draw: inout CounterBasedGenerator) -> NetworkFaults {
        let loses = draw.next(below: 2) == 0
        let repeats = draw.next(below: 2) == 0
        let isSlow = draw.next(below: 4) == 0
        let longest: SimulatedTime = isSlow ? 500 * .millisecond : 5 * .millisecond
        return NetworkFaults(
            loss: loses ? draw.nextUnit() * 0.3 : 0, repeats: repeats ? draw.nextUnit() * 0.5 : 0,
            delay: 50_000...max(60_000, SimulatedTime(draw.nextUnit() * Double(longest))),
            reorders: draw.next(below: 3) == 0, hidesDisconnections: draw.next(below: 3) == 0,
            strays: draw.next(below: 3) == 0, failures: draw.next(below: 4) == 0 ? 0.05 : 0)
    }

    private static func drawFaults(
        _ draw: inout CounterBasedGenerator, workers: Int, horizon: SimulatedTime
    ) -> [(time: SimulatedTime, fault: Fault)] {
        // Each kind is switched off in half of the seeds, all of them in one of five.
        let isQuiet = draw.next(below: 5) == 0
        let kinds = (0..<7).filter { _ in draw.next(below: 2) == 0 }
        guard !isQuiet, !kinds.isEmpty else { return [] }
        var faults: [(time: SimulatedTime, fault: Fault)] = []
        for _ in 0..<1 + draw.next(below: 8) {
            let time = SimulatedTime(draw.nextUnit() * Double(horizon))
            let worker = draw.next(below: workers)
            let brief = SimulatedTime(draw.nextUnit() * 5 * Double(SimulatedTime.second))
            let long = brief * 3
            let fault: Fault =
                switch kinds[draw.next(below: kinds.count)] {
                case 0: .clog(worker: worker, lasts: brief)
                case 1: Self.drawCut(&draw, worker: worker, lasts: long)
                case 2: .crashWorker(worker, down: brief)
                case 3: .pauseWorker(worker, lasts: long)
                case 4: .reset(worker: worker)
                case 5: .crashCoordinator(down: brief, tearsWrite: draw.next(below: 2) == 0)
                default: .stopCoordinator(down: brief)
                }
            faults.append((time, fault))
        }
        return faults
    }

    private static func drawCut(
        _ draw: inout CounterBasedGenerator, worker: Int, lasts: SimulatedTime
    ) -> Fault {
        let ways = draw.next(below: 3)
        return .cut(worker: worker, up: ways != 1, down: ways != 0, lasts: lasts)
    }
}

extension NetworkFaults {
    /// Whether messages arrive, once and in order.
    var isCalm: Bool { loss == 0 && repeats == 0 && !reorders && !strays && failures == 0 }
}

extension Fault {
    /// How long it goes on.
    var lasts: SimulatedTime {
        switch self {
        case .clog(_, let lasts), .cut(_, _, _, let lasts), .pauseWorker(_, let lasts): lasts
        case .crashWorker(_, let down), .crashCoordinator(let down, _), .stopCoordinator(let down): down
        case .reset: 0
        }
    }
}
