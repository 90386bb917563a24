import Foundation
import Glibc
import ZeroMQTransport

/// The whole job on this machine: a coordinator in this process and worker processes beside it.
package func runLocalTraining(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws -> RunOutcome {
    let environment = environment.with(cacheDirectory: plan.cacheDirectory)
    let page = try LiveReporter.open(plan, environment: environment)
    let run = try PreparedRun(plan, environment: environment)
    let (mailbox, wakeup) = try coordinatorMailbox()
    let router = try RouterSocket(settings: .forHead(hiddenUnits: plan.hiddenUnits))
    let endpoint = try router.bind(plan.listenEndpoint ?? "tcp://127.0.0.1:*")
    let workers = localWorkers(run, endpoint: endpoint, environment: environment, mailbox: mailbox)
    let signals = SignalWatch { _ in mailbox.post(.stopRequested) }
    defer { withExtendedLifetime(signals) {} }
    let loop = CoordinatorLoop(
        run, router: router, mailbox: mailbox, wakeup: wakeup, localWorkers: workers, page: page,
        environment: environment)
    do { try workers.start() } catch {
        workers.stop()
        throw error
    }
    return try loop.runToEnd()
}

/// Only the coordinator; workers come by themselves.
package func runCoordinator(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws -> RunOutcome {
    let environment = environment.with(cacheDirectory: plan.cacheDirectory)
    let (mailbox, wakeup) = try coordinatorMailbox()
    // The address first: one that is in use should not cost a scan of the pictures.
    let router = try RouterSocket(settings: .forHead(hiddenUnits: plan.hiddenUnits))
    let endpoint = try router.bind(plan.listenEndpoint ?? "tcp://127.0.0.1:7733")
    let page = try LiveReporter.open(plan, environment: environment)
    let run = try PreparedRun(plan, environment: environment)
    let address = dialable(endpoint, host: environment.hostName)
    environment.logger.notice(
        "listening at \(endpoint); start workers with: headstart worker --connect \(address)")
    let signals = SignalWatch { _ in mailbox.post(.stopRequested) }
    defer { withExtendedLifetime(signals) {} }
    return try CoordinatorLoop(
        run, router: router, mailbox: mailbox, wakeup: wakeup, localWorkers: nil, page: page,
        environment: environment
    ).runToEnd()
}

/// The endpoint as workers dial it: a coordinator that listens at every address is reached by its host's
/// name.
func dialable(_ endpoint: String, host: String) -> String {
    for wildcard in ["tcp://0.0.0.0:", "tcp://*:", "tcp://[::]:"] where endpoint.hasPrefix(wildcard) {
        return "tcp://\(host):\(endpoint.dropFirst(wildcard.count))"
    }
    return endpoint
}

/// One worker, until the run is over, it is told to stop, or there is no coordinator for too long.
package func runWorker(_ plan: WorkerPlan, environment: RuntimeEnvironment) throws {
    let environment = environment.with(cacheDirectory: plan.cacheDirectory)
    let wakeup = try Wakeup()
    let mailbox = Mailbox<WorkerMail>(wakeup: wakeup)
    let signals = SignalWatch { mailbox.post(.stop(reason: "signal \(String(cString: strsignal($0)))")) }
    defer { withExtendedLifetime(signals) {} }
    if plan.leavesWithParent { watchInput { mailbox.post(.stop(reason: "its parent is gone")) } }
    try WorkerLoop(plan, environment: environment, mailbox: mailbox, wakeup: wakeup).runToEnd()
}

private func coordinatorMailbox() throws(TransportError) -> (Mailbox<CoordinatorMail>, Wakeup) {
    let wakeup = try Wakeup()
    return (Mailbox(wakeup: wakeup), wakeup)
}

private func localWorkers(
    _ run: PreparedRun, endpoint: String, environment: RuntimeEnvironment, mailbox: Mailbox<CoordinatorMail>
) -> LocalWorkers {
    let plan = run.plan
    let count = plan.localWorkers ?? LocalShare.workers(processors: environment.processorCount)
    let threads = plan.threadsPerWorker ?? max(1, environment.processorCount / count)
    var arguments = ["worker", "--connect", endpoint, "--threads", "\(threads)", "--leave-with-parent"]
    arguments += ["--data", plan.trainDirectory]
    if case .folder(let path) = plan.validation { arguments += ["--data", path] }
    if let file = run.weightsFile { arguments += ["--weights", file] }
    arguments += ["--cache", environment.cacheDirectory]
    return LocalWorkers(
        count: count, program: environment.executablePath, arguments: arguments, mailbox: mailbox)
}

/// How a machine's cores are shared among worker processes.
enum LocalShare {
    /// Each holds its own copy of the transformed weights (235 MB), and one thread each decodes beside the
    /// others.
    private static let most = 8

    static func workers(processors: Int) -> Int { min(max(processors, 1), most) }
}

/// Calls `onEnd` on a thread of its own when standard input ends, as it does when the parent process does.
private func watchInput(onEnd: @escaping @Sendable () -> Void) {
    let thread = Thread {
        var byte: UInt8 = 0
        var count: Int
        repeat { count = read(STDIN_FILENO, &byte, 1) } while count > 0 || (count < 0 && errno == EINTR)
        onEnd()
    }
    thread.name = "parent watch"
    thread.start()
}
