import ContentAddressing
import ExactArithmetic
import TrainingProtocol
import WireMessages

extension Scenario {
    init(seed: UInt64) {
        var draw = CounterBasedGenerator(seed: seed, purpose: .simulation)
        let pictures = Self.drawPictures(&draw)
        var configuration = Self.drawConfiguration(&draw, training: pictures.training, pictures.validation)
        let count = 1 + draw.next(below: draw.next(below: 4) == 0 ? 8 : 4)
        // A few runs are long enough for every timeout to expire without faults.
        let isLong = draw.next(below: 12) == 0
        let slowest = isLong ? 2000 : 20 + draw.next(below: 180)
        configuration.limits = Self.drawLimits(&draw, slowest: slowest)
        var workers = (0..<count).map { number in
            WorkerTraits(
                joins: number == 0 || draw.next(below: 3) > 0
                    ? 0 : SimulatedTime(draw.next(below: 5000)) * .millisecond,
                timePerPicture: SimulatedTime(1 + draw.next(below: slowest)) * .millisecond,
                preparation: SimulatedTime(1 + draw.next(below: 3000)) * .millisecond,
                timerInterval: SimulatedTime(100 + draw.next(below: 200)) * .millisecond,
                slots: 1 + draw.next(below: 3),
                hasOtherArithmetic: configuration.allowsDifferentArithmetic && draw.next(below: 3) == 0)
        }
        configuration.minimumWorkers = 1 + draw.next(below: count)
        let horizon = Self.horizon(of: configuration, slowest: slowest)
        let faults = Self.drawFaults(
            &draw, workers: count,
            horizon: min(horizon, (draw.next(below: 3) == 0 ? 6 : 30) * .second))
        let calmFrom = faults.map { $0.time + $0.fault.lasts }.max() ?? 0
        let network = Self.drawNetwork(&draw)
        Self.drawMisconduct(&draw, &configuration, &workers)
        self.init(
            seed: seed, configuration: configuration, unreadable: pictures.unreadable, workers: workers,
            costs: Costs(
                gradient: SimulatedTime(1 + draw.next(below: 20)) * .millisecond / 4,
                update: Self.drawUpdate(&draw, configuration),
                sums: SimulatedTime(1 + draw.next(below: 8)) * .millisecond,
                snapshot: SimulatedTime(1 + draw.next(below: 10)) * .millisecond,
                write: SimulatedTime(1 + draw.next(below: 400)) * .millisecond),
            network: network, faults: faults, memory: Self.drawMemory(&draw),
            calmFrom: max(calmFrom, network.isCalm ? 0 : min(horizon, 20 * .second)),
            bound: 0)
        faultInPhase = Self.drawFaultInPhase(&draw, workers: count)
        let hangs = SimulatedTime(workers.count { $0.misconduct?.hangs ?? false })
        if draw.next(below: 2) == 0 {
            self.configuration.provesWorkers = true
            for worker in self.workers.indices { self.workers[worker].isOwn = draw.next(below: 4) == 0 }
        }
        bound = self.calmFrom + 180 * .second + 4 * horizon + hangs * 3 * Self.patience(slowest: slowest)
    }

    /// In some seeds so long that a dispute outlasts it.
    private static func drawUpdate(
        _ draw: inout CounterBasedGenerator, _ configuration: CoordinatorConfiguration
    ) -> SimulatedTime {
        let steps = configuration.epochs * (configuration.training.count / configuration.batchSize + 1)
        let longest = draw.next(below: 3) == 0 ? min(3000, 60_000 / steps) : 30
        return SimulatedTime(1 + draw.next(below: longest)) * .millisecond
    }

    private static func drawMemory(_ draw: inout CounterBasedGenerator) -> Memory {
        switch draw.next(below: 8) {
        case 0: .changed
        case 1, 2: .lost
        default: .kept
        }
    }

    /// The time a worker may be without progress: longer than the slowest worker takes for a lease, and
    /// longer than any process is made to stand still.
    static func patience(slowest: Int) -> SimulatedTime {
        20 * .second + SimulatedTime(16 * slowest) * .millisecond
    }

    /// Draws workers with misconduct, as long as others can make up for it.
    private static func drawMisconduct(
        _ draw: inout CounterBasedGenerator, _ configuration: inout CoordinatorConfiguration,
        _ workers: inout [WorkerTraits]
    ) {
        guard draw.next(below: 2) == 0 else { return }
        for _ in 0..<(draw.next(below: 4) == 0 ? 2 : 1) {
            let worker = draw.next(below: workers.count)
            workers[worker].misconduct = drawMisconduct(&draw, configuration.exchange)
        }
        for worker in workers.indices {
            guard let misconduct = workers[worker].misconduct else { continue }
            let sound = workers.count { $0.misconduct == nil }
            // Some worker must be able to do the work.
            let isNeeded =
                misconduct.isForEver || misconduct.task == .prepare
                || misconduct.manner == .fails && misconduct.frequency != .once
            if isNeeded, sound == 0 { workers[worker].misconduct = nil }
        }
        let lasting = workers.count { !($0.misconduct?.isForEver ?? false) }
        configuration.minimumWorkers = min(configuration.minimumWorkers, lasting)
    }

    private static func drawMisconduct(
        _ draw: inout CounterBasedGenerator, _ exchange: Exchange
    ) -> Misconduct {
        let gradient = exchange == .factors ? WorkerTask.factorGradient : .denseGradient
        let tasks = [WorkerTask.prepare, .check, .extract, .evaluate, gradient, gradient]
        let task = tasks[draw.next(below: tasks.count)]
        let frequency: Misconduct.Frequency = [.once, .everyOther, .always][draw.next(below: 3)]
        let brief = SimulatedTime(draw.nextUnit() * 40 * Double(SimulatedTime.second))
        let lasts = draw.next(below: 3) == 0 ? nil : brief
        let manner: Misconduct.Manner =
            switch (draw.next(below: 6), task) {
            case (0, .prepare), (1, .prepare), (2, .prepare): .hangs(beats: true, lasts: lasts)
            case (_, .prepare): .fails
            case (0, _): .hangs(beats: true, lasts: lasts)
            case (1, _): .hangs(beats: false, lasts: lasts)
            case (2, _): .fails
            case (3, .check): .callsReadable
            case (_, .check): .callsUnreadable
            default: .lies
            }
        let begins = draw.next(below: 2) == 0 ? 0 : draw.next(below: 12)
        let isHang = if case .hangs = manner { true } else { false }
        return Misconduct(
            manner: manner, task: task, begins: task == .prepare ? 0 : begins,
            frequency: isHang ? .once : frequency,
            slowness: draw.next(below: 2) == 0 ? 0 : SimulatedTime(draw.next(below: 4000)) * .millisecond)
    }

    /// The time that the slowest worker takes for all work in sequence, with the steps' waiting times.
    private static func horizon(of configuration: CoordinatorConfiguration, slowest: Int) -> SimulatedTime {
        let perEpoch = configuration.training.count + configuration.validation.count
        let steps = configuration.epochs * (configuration.training.count / configuration.batchSize + 1)
        return SimulatedTime(perEpoch * configuration.epochs * slowest + steps * 100) * .millisecond
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
        // Each kind is disabled in half of the seeds, and all kinds in one of five.
        let isQuiet = draw.next(below: 5) == 0
        let kinds = (0..<12).filter { _ in draw.next(below: 2) == 0 }
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
                case 6: .stopCoordinator(down: brief)
                case 7: .failOwner(down: brief)
                case 8: .stallCoordinator(lasts: brief * 5)
                case 9:
                    .jumpClock(worker: draw.next(below: 2) == 0 ? worker : nil, by: brief * 4)
                case 10: .breakProtocol(worker: worker)
                default: .stopWorker(worker, down: brief)
                }
            faults.append((time, fault))
        }
        return faults
    }

    private static func drawFaultInPhase(
        _ draw: inout CounterBasedGenerator, workers: Int
    ) -> (phase: String, fault: Fault)? {
        let worker = draw.next(below: workers)
        let down = SimulatedTime(draw.next(below: 3000)) * .millisecond
        let fault: Fault? =
            switch draw.next(below: 8) {
            case 0: .stopCoordinator(down: down)
            case 1: .failOwner(down: down)
            case 2: .breakProtocol(worker: worker)
            case 3: .stopWorker(worker, down: down)
            case 4: .crashWorker(worker, down: down)
            case 5: .reset(worker: worker)
            default: nil
            }
        let phase = draw.next(below: 8) == 0 ? "preparing" : "settling"
        return fault.map { (phase, $0) }
    }

    private static func drawCut(
        _ draw: inout CounterBasedGenerator, worker: Int, lasts: SimulatedTime
    ) -> Fault {
        let ways = draw.next(below: 3)
        return .cut(worker: worker, up: ways != 1, down: ways != 0, lasts: lasts)
    }
}

extension NetworkFaults {
    /// Whether messages arrive once and in order.
    var isCalm: Bool { loss == 0 && repeats == 0 && !reorders && !strays && failures == 0 }
}

extension Misconduct {
    var hangs: Bool { if case .hangs = manner { true } else { false } }
}

extension Fault {
    var lasts: SimulatedTime {
        switch self {
        case .clog(_, let lasts), .cut(_, _, _, let lasts), .pauseWorker(_, let lasts),
            .stallCoordinator(let lasts):
            lasts
        case .crashWorker(_, let down), .crashCoordinator(let down, _), .stopCoordinator(let down),
            .failOwner(let down), .stopWorker(_, let down):
            down
        case .reset, .jumpClock, .breakProtocol: 0
        }
    }
}
