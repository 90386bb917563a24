import ContentAddressing
import ExactArithmetic
import Foundation
import Glibc
import TrainingProtocol

/// The faults that a test cluster is exposed to, and how often; `nil` for never.
package struct ChaosPlan: Sendable {
    package var workers = 2
    package var seed: UInt64 = 0
    /// Mean seconds between kills of a worker, which is replaced.
    package var killEvery: Double?
    /// Mean seconds between stops of a worker, which goes on after `stopSeconds`.
    package var stopEvery: Double?
    package var stopSeconds = 5.0
    /// Mean seconds between cuts of all connections; with network namespaces, partitions of
    /// `networkFaultSeconds`.
    package var cutEvery: Double?
    /// Mean seconds between periods of `networkFaultSeconds` in which the network is slow.
    package var slowEvery: Double?
    package var networkFaultSeconds = 5.0
    /// Mean seconds between kills of the coordinator, which is restarted and resumes the run.
    package var killCoordinatorEvery: Double?
    /// Seconds until one more worker joins.
    package var joinAfter: Double?
    /// Seconds until faults end, so that the run can finish even if kills come faster than progress.
    package var faultSeconds = 600.0

    package init() {}
}

/// The faults of a chaos run and its result.
package struct ChaosOutcome: Sendable {
    package var model: ContentDigest
    package var seconds: Double
    package var workerKills = 0
    package var stops = 0
    package var cuts = 0
    package var slowTimes = 0
    package var coordinatorKills = 0
    package var joins = 0
    /// For kills: the time until the coordinator noticed, and from then until another worker had the work.
    package var detections: [Duration] = []
    package var takeovers: [Duration] = []
    /// From the start of a restarted coordinator to the first step it applied.
    package var recoveries: [Duration] = []
}

package struct ChaosFailure: Error, CustomStringConvertible {
    package let description: String
}

/// Runs a test cluster to its end while injecting faults. For one thread.
package struct ChaosRun {
    private enum Fault: CaseIterable {
        case kill, stop, cut, slow, killCoordinator, join
    }

    private let plan: ChaosPlan
    private let cluster: LocalCluster
    private let say: (String) -> Void
    private var random: CounterBasedGenerator
    private let clock = ContinuousClock()
    private let started: ContinuousClock.Instant
    private var due: [Fault: ContinuousClock.Instant] = [:]
    private var stopped: [(worker: ClusterProcess, until: ContinuousClock.Instant)] = []
    /// When the current network fault ends.
    private var heals: ContinuousClock.Instant?
    private var kills: [(worker: ClusterProcess, at: ContinuousClock.Instant)] = []
    /// The coordinator was restarted and has not been seen to apply a step.
    private var isRecovering = false
    /// Workers that had exited normally when the coordinator was restarted.
    private var leftBefore = 0
    private var outcome = ChaosOutcome(model: ContentDigest(hashing: []), seconds: 0)

    private static let turnMicroseconds: UInt32 = 5_000
    /// A run that takes longer counts as hung, and fails with its last lines.
    private static let patienceSeconds = 3_600.0

    /// Starts the cluster.
    ///
    /// - Parameter say: called with a line for every action.
    package init(
        _ plan: ChaosPlan, cluster clusterPlan: LocalClusterPlan, say: @escaping (String) -> Void
    ) throws {
        self.plan = plan
        self.say = say
        random = CounterBasedGenerator(seed: plan.seed, purpose: .simulation)
        var clusterPlan = clusterPlan
        clusterPlan.usesProxy = plan.cutEvery != nil || plan.slowEvery != nil
        cluster = try LocalCluster(clusterPlan)
        started = clock.now
        for _ in 0..<plan.workers { try cluster.startWorker() }
        for fault in Fault.allCases { schedule(fault) }
        if let seconds = plan.joinAfter { due[.join] = started + .seconds(seconds) }
    }

    /// Runs the cluster to its end.
    ///
    /// - Parameter isInterrupted: polled throughout; if it returns `true`, this throws `CancellationError`.
    package mutating func run(isInterrupted: () -> Bool = { false }) throws -> ChaosOutcome {
        while true {
            if isInterrupted() { throw CancellationError() }
            if let end = cluster.coordinator.end {
                if end == .exited(0) { break }
                guard case .signalled(SIGKILL) = end else { throw failure("the coordinator ended: \(end)") }
                leftBefore = cluster.workers.count { $0.end == .exited(0) }
                try cluster.restartCoordinator()
                isRecovering = true
            }
            guard seconds < Self.patienceSeconds else { throw failure("the run does not end") }
            observe()
            wakeStopped()
            try healNetwork()
            try replaceDead()
            for fault in Fault.allCases where seconds < plan.faultSeconds {
                guard let time = due[fault], time <= clock.now else { continue }
                schedule(fault)
                try perform(fault)
            }
            usleep(Self.turnMicroseconds)
        }
        observe()
        try cluster.heal()
        for (worker, _) in stopped {
            // A stopped worker can't have heard of the end, and would wait for a coordinator.
            worker.send(signal: SIGTERM)
            worker.send(signal: SIGCONT)
        }
        for worker in cluster.livingWorkers {
            guard worker.waitForEnd(seconds: 30) != nil else { throw failure("\(worker.name) did not leave") }
        }
        outcome.seconds = seconds
        outcome.model = try cluster.modelDigest()
        return outcome
    }

    private var seconds: Double { (clock.now - started).inSeconds }

    private func failure(_ what: String) -> ChaosFailure {
        ChaosFailure(
            description: "\(what), with seed \(plan.seed); its last lines say why:\n"
                + cluster.coordinator.lastLines)
    }

    private mutating func schedule(_ fault: Fault) {
        let mean: Double? =
            switch fault {
            case .kill: plan.killEvery
            case .stop: plan.stopEvery
            case .cut: plan.cutEvery
            case .slow: plan.slowEvery
            case .killCoordinator: plan.killCoordinatorEvery
            case .join: nil
            }
        due[fault] = mean.map { clock.now + .seconds($0 * (0.5 + random.nextUnit())) }
    }

    private mutating func perform(_ fault: Fault) throws {
        switch fault {
        case .kill:
            guard let victim = pickWorker() else { return }
            kills.append((victim, clock.now))
            victim.send(signal: SIGKILL)
            outcome.workerKills += 1
            tell("killed \(victim.name)")
        case .stop:
            guard let victim = pickWorker() else { return }
            victim.send(signal: SIGSTOP)
            stopped.append((victim, clock.now + .seconds(plan.stopSeconds)))
            outcome.stops += 1
            tell("stopped \(victim.name)")
        case .cut:
            try cluster.cut()
            heals = clock.now + .seconds(plan.networkFaultSeconds)
            outcome.cuts += 1
            tell("cut all connections")
        case .slow:
            try cluster.slow()
            heals = clock.now + .seconds(plan.networkFaultSeconds)
            outcome.slowTimes += 1
            tell("made the network slow")
        case .killCoordinator:
            guard cluster.coordinator.end == nil else { return }
            cluster.coordinator.send(signal: SIGKILL)
            outcome.coordinatorKills += 1
            tell("killed the coordinator")
        case .join:
            due[.join] = nil
            let worker = try cluster.startWorker()
            outcome.joins += 1
            tell("\(worker.name) joins")
        }
    }

    /// A random worker that is running.
    private mutating func pickWorker() -> ClusterProcess? {
        let running = cluster.livingWorkers.filter { worker in !stopped.contains { $0.worker === worker } }
        return running.isEmpty ? nil : running[Int(random.next() % UInt64(running.count))]
    }

    private mutating func wakeStopped() {
        let now = clock.now
        for (worker, until) in stopped where until <= now {
            worker.send(signal: SIGCONT)
            tell("continued \(worker.name)")
        }
        stopped.removeAll { $0.until <= now }
    }

    private mutating func healNetwork() throws {
        guard let time = heals, time <= clock.now else { return }
        heals = nil
        try cluster.heal()
    }

    private mutating func replaceDead() throws {
        while cluster.livingWorkers.count < plan.workers + outcome.joins {
            if let failed = cluster.workers.last(where: \.hasFailed) {
                throw failure("\(failed.name) failed:\n\(failed.lastLines)\nand the coordinator")
            }
            // Workers that exit normally have heard of the run's end before this process has.
            guard cluster.workers.count(where: { $0.end == .exited(0) }) == leftBefore else { return }
            tell("\(try cluster.startWorker().name) takes its place")
        }
    }

    /// Takes times from the coordinator's log.
    private mutating func observe() {
        var open: [(worker: ClusterProcess, at: ContinuousClock.Instant)] = []
        for kill in kills {
            let times = cluster.times(ofLoss: kill.worker, at: kill.at)
            // The takeover may still come.
            let isRecent = (clock.now - kill.at).inSeconds < Self.takeoverSeconds
            if let times, times.takeover != nil || !isRecent {
                outcome.detections.append(times.detection)
                if let takeover = times.takeover { outcome.takeovers.append(takeover) }
            } else {
                open.append(kill)
            }
        }
        kills = open
        if isRecovering,
            let step = cluster.coordinator.line(where: { $0.contains("is the first of this process") })
        {
            outcome.recoveries.append(step.at - cluster.coordinator.started)
            isRecovering = false
        }
    }

    private static let takeoverSeconds = 20.0

    private func tell(_ what: String) {
        say(String(format: "%.1f s: ", seconds) + what)
    }
}
