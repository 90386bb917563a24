import ClusterRuntime
import ContentAddressing
import Foundation
import Glibc
import Synchronization

package struct LocalClusterPlan: Sendable {
    /// The program that every process runs.
    package var program: String
    package var trainDirectory: String
    /// The run folder.
    package var output: String
    /// Additional options of `headstart coordinator`.
    package var coordinatorOptions: [String] = []
    /// Additional options of `headstart worker`.
    package var workerOptions: [String] = []
    /// Whether workers reach the coordinator through a proxy that can disturb their connections.
    package var usesProxy = false
    /// Whether every process gets a network namespace of its own, which requires root. Faults then affect the
    /// namespaces' networks, and there is no proxy.
    package var usesNamespaces = false
    /// The percentage of packets lost between namespaces.
    package var loss = 0

    /// Options that authenticate a worker behind a proxy or in a namespace.
    fileprivate var joinOptions: [String] {
        if coordinatorOptions.contains("--insecure") { return ["--insecure"] }
        let keys = coordinatorOptions.firstIndex(of: "--keys").map { coordinatorOptions[$0 + 1] }
        return ["--token-file", (keys ?? output) + "/" + KeyFolder.tokenName]
    }

    package init(program: String, trainDirectory: String, output: String) {
        self.program = program
        self.trainDirectory = trainDirectory
        self.output = output
    }
}

/// A coordinator and workers as real processes on this machine, with faults to inject. For one thread.
package final class LocalCluster {
    package let plan: LocalClusterPlan
    package let proxy: FaultProxy?
    package let namespaces: NetworkNamespaces?
    private let coordinatorHost: NetworkNamespaces.Host?
    /// The newest coordinator process.
    package private(set) var coordinator: ClusterProcess
    /// Every worker process that was started, in order, including those that have ended.
    package private(set) var workers: [ClusterProcess] = []
    private let port: Int
    private var hasListened = false

    /// Starts the coordinator.
    package init(_ plan: LocalClusterPlan) throws {
        self.plan = plan
        port = try LoopbackSocket.freePort()
        namespaces = plan.usesNamespaces ? try NetworkNamespaces() : nil
        if plan.loss > 0 { try namespaces?.set { $0.loss = plan.loss } }
        coordinatorHost = try namespaces?.makeHost()
        proxy = plan.usesProxy && !plan.usesNamespaces ? try FaultProxy(to: port) : nil
        coordinator = try Self.startCoordinator(plan, port: port, on: coordinatorHost)
    }

    deinit {
        for process in workers + [coordinator] { process.send(signal: SIGKILL) }
        proxy?.close()
    }

    private static func startCoordinator(
        _ plan: LocalClusterPlan, port: Int, on host: NetworkNamespaces.Host?
    ) throws -> ClusterProcess {
        let arguments = [
            "coordinator", plan.trainDirectory, "--out", plan.output, "--listen",
            "tcp://\(host?.address ?? "127.0.0.1"):\(port)", "--resume-if-begun",
        ]
        return try start("the coordinator", plan, arguments + plan.coordinatorOptions, on: host)
    }

    private static func start(
        _ name: String, _ plan: LocalClusterPlan, _ arguments: [String], on host: NetworkNamespaces.Host?
    ) throws -> ClusterProcess {
        let (program, arguments) = host?.command(plan.program, arguments) ?? (plan.program, arguments)
        return try ClusterProcess(name: name, program: program, arguments: arguments)
    }

    /// Restarts the coordinator after it has ended; it resumes the run.
    package func restartCoordinator() throws {
        coordinator = try Self.startCoordinator(plan, port: port, on: coordinatorHost)
    }

    /// The address that workers dial.
    package var address: String {
        coordinatorHost.map { "tcp://\($0.address):\(port)" } ?? "tcp://127.0.0.1:\(proxy?.port ?? port)"
    }

    /// Starts one more worker, which leaves when this process ends. Behind a proxy or in a namespace it needs
    /// the token, which the coordinator has written once it listens.
    @discardableResult
    package func startWorker(_ more: [String] = []) throws -> ClusterProcess {
        var arguments = ["worker", "--connect", address, "--leave-with-parent"] + plan.workerOptions + more
        if namespaces != nil || proxy != nil {
            try waitUntilListening()
            arguments += plan.joinOptions
        }
        let worker = try Self.start(
            "worker process \(workers.count + 1)", plan, arguments, on: namespaces?.makeHost())
        workers.append(worker)
        return worker
    }

    /// The coordinator logs this once, and newer lines may push it out, so the answer is remembered.
    private func waitUntilListening() throws {
        guard !hasListened else { return }
        guard coordinator.waitForLine(where: { $0.contains("listening at") }) != nil else {
            throw ChaosFailure(description: "the coordinator does not listen:\n\(coordinator.lastLines)")
        }
        hasListened = true
    }

    /// Cuts all connections: for a moment, or until `heal` with namespaces.
    package func cut() throws {
        proxy?.cut()
        try namespaces?.set { $0.loss = 100 }
    }

    /// Makes the network slow until `heal`.
    package func slow() throws {
        proxy?.set {
            $0.delay = Self.slowDelay
            $0.bytesPerSecond = Self.slowRate
        }
        try namespaces?.set { $0.bytesPerSecond = Self.slowRate }
    }

    /// Undoes `cut` and `slow`.
    package func heal() throws {
        proxy?.set { $0 = FaultProxy.Faults() }
        try namespaces?.set {
            $0.loss = plan.loss
            $0.bytesPerSecond = nil
        }
    }

    private static let slowDelay = Duration.milliseconds(100)
    private static let slowRate = 1_000_000

    /// Workers that have not ended.
    package var livingWorkers: [ClusterProcess] { workers.filter { $0.end == nil } }

    /// The coordinator's number for a worker process; `nil` before it has joined.
    package func number(of worker: ClusterProcess) -> Int? {
        let mark = "(process \(worker.processID),"
        return coordinator.lines.last { $0.text.contains(" joined from host ") && $0.text.contains(mark) }
            .flatMap { $0.text.firstMatch(of: /worker (\d+) joined/).flatMap { Int($0.1) } }
    }

    /// The coordinator's report on a worker process; `nil` if it doesn't list it, or doesn't answer in 5 s.
    package func report(on worker: ClusterProcess) -> String? {
        let asked = ContinuousClock.now
        coordinator.send(signal: SIGUSR1)
        let mark = "process \(worker.processID)): "
        let line = coordinator.waitForLine(since: asked, seconds: 5) {
            $0.contains(mark) || $0.contains("no worker is there")
        }
        guard let text = line?.text, let place = text.range(of: mark) else { return nil }
        return String(text[place.upperBound...])
    }

    package func modelDigest() throws -> ContentDigest {
        try ContentDigest.hashing(file: plan.output + "/" + TrainedModel.fileName).digest
    }

    /// The times between a worker's loss and the reactions to it, from the coordinator's log; `nil` before it
    /// is noticed.
    package func times(ofLoss worker: ClusterProcess, at moment: ContinuousClock.Instant) -> LossTimes? {
        guard let number = number(of: worker),
            let loss = coordinator.line(
                since: moment,
                where: { $0.contains("worker \(number) (host ") && $0.contains(") is gone: ") })
        else { return nil }
        let takeover = coordinator.line(since: loss.at) { $0.contains(" took over ") }
        let wasIdle = loss.text.contains("it held no lease")
        return LossTimes(
            detection: loss.at - moment,
            takeover: wasIdle ? nil : takeover.map { $0.at - loss.at })
    }
}

/// How fast the coordinator reacted to the loss of a worker.
package struct LossTimes: Sendable {
    /// From the fault to its detection.
    package let detection: Duration
    /// From detection until another worker took over the first of its leases; `nil` if it held none, or none
    /// was taken over yet.
    package let takeover: Duration?
}
