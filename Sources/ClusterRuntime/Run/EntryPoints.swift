import Foundation
import Glibc
import Synchronization
import ZeroMQTransport

/// Runs a training on this machine: a coordinator in this process and worker processes beside it. If the plan
/// says where to listen, workers from other machines may join.
///
/// - Parameter stop: stops the run in place of signals, which are then left to others.
package func runLocalTraining(
    _ plan: TrainingPlan, environment: RuntimeEnvironment, stop: RunStop? = nil
) throws -> RunOutcome {
    try coordinate(plan, startsWorkers: true, environment: environment, stop: stop)
}

/// Runs only the coordinator; workers are started elsewhere.
package func runCoordinator(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws -> RunOutcome {
    try coordinate(plan, startsWorkers: false, environment: environment)
}

/// - Parameter beforeScan: called before the pictures are read, for tests in which this takes long.
func coordinate(
    _ plan: TrainingPlan, startsWorkers: Bool, environment: RuntimeEnvironment, stop: RunStop? = nil,
    beforeScan: @escaping @Sendable () -> Void = {}
) throws -> RunOutcome {
    let environment = environment.with(cacheDirectory: plan.cacheDirectory)
    let (mailbox, wakeup) = try coordinatorMailbox()
    let access = try CoordinatorAccess(plan, log: environment.logger)
    var settings = TransportSettings.forHead(hiddenUnits: plan.hiddenUnits)
    settings.security = access.security
    // The address first, so that one in use is noticed before the pictures are scanned.
    let router = try RouterSocket(settings: settings)
    let doors = try Doors(
        plan, router: router, access: access, hasOwnWorkers: startsWorkers, log: environment.logger)
    if doors.endpoint != nil { raiseDescriptorLimit() }
    let page = try LiveReporter.open(plan, environment: environment)
    let folder = try RunFolder(path: plan.output, resume: plan.resume, host: environment.hostName) { note in
        environment.logger.notice("\(note)")
    }
    // Workers may come from now on; they are told how far the preparation is.
    if let endpoint = doors.endpoint {
        try access.save()
        try access.invite(
            to: endpoint, dialled: dialable(endpoint, host: environment.hostName),
            meets: doors.meetingPlace != nil)
    }
    let signals = stop == nil ? coordinatorSignals(mailbox) : nil
    stop?.attach { mailbox.post(.stopRequested) }
    defer { withExtendedLifetime(signals) {} }
    let origin = ContinuousClock.now
    let preparation = PreparationLoop(
        plan, router: router, access: access, mailbox: mailbox, wakeup: wakeup, page: page, origin: origin,
        environment: environment)
    let prepared: PreparedRun?
    do {
        prepared = try preparation.prepare { progress in
            beforeScan()
            return try PreparedRun(plan, folder: folder, environment: environment, progress: progress)
        }
    } catch {
        access.discard()
        // The reading thread may keep the folder alive until this process ends.
        folder.removeIfEmpty()
        throw error
    }
    guard let run = prepared else {
        folder.removeIfEmpty()
        return RunOutcome(end: .interrupted, history: [], picturesLeftOut: 0, canResume: folder.hasRecord)
    }
    let workers =
        startsWorkers
        ? localWorkers(
            run, endpoint: doors.forOwnWorkers, token: doors.meetingPlace == nil ? access.token : nil,
            environment: environment, mailbox: mailbox) : nil
    let loop = CoordinatorLoop(
        run, router: router, access: access, mailbox: mailbox, wakeup: wakeup, localWorkers: workers,
        page: page, origin: origin, environment: environment)
    do { try workers?.start() } catch {
        workers?.stop()
        throw error
    }
    return try loop.runToEnd()
}

/// The endpoint as workers dial it: if the coordinator listens at every address, with its host's name.
func dialable(_ endpoint: String, host: String) -> String {
    for wildcard in ["tcp://0.0.0.0:", "tcp://*:", "tcp://[::]:"] where endpoint.hasPrefix(wildcard) {
        return "tcp://\(host):\(endpoint.dropFirst(wildcard.count))"
    }
    return endpoint
}

/// Runs a worker until the run is over, it is told to stop, or there is no coordinator for too long.
package func runWorker(_ plan: WorkerPlan, environment: RuntimeEnvironment) throws -> WorkerOutcome {
    let environment = environment.with(cacheDirectory: plan.cacheDirectory)
    let wakeup = try Wakeup()
    let mailbox = Mailbox<WorkerMail>(wakeup: wakeup)
    let wasSignalled = Flag()
    let signals = SignalWatch(SignalWatch.ending + [SIGUSR1]) { signal in
        if signal == SIGUSR1 {
            mailbox.post(.reportRequested)
        } else {
            wasSignalled.value.store(true, ordering: .relaxed)
            mailbox.post(.stop(reason: "signal \(String(cString: strsignal(signal)))"))
        }
    }
    defer {
        withExtendedLifetime(signals) {}
        // The process ends now, while its reason for leaving is still being sent.
        MessagingContext.shared.terminate()
    }
    if plan.leavesWithParent {
        watchInput { mailbox.post(.stop(reason: "its parent is gone")) }
        yieldMemoryToParent()
    }
    try WorkerLoop(plan, environment: environment, mailbox: mailbox, wakeup: wakeup).runToEnd()
    return wasSignalled.value.load(ordering: .relaxed) ? .interrupted : .done
}

private final class Flag: Sendable {
    let value = Atomic(false)
}

/// Signals that save the run's state and end it, and SIGUSR1, which requests a report on all workers.
private func coordinatorSignals(_ mailbox: Mailbox<CoordinatorMail>) -> SignalWatch {
    SignalWatch(SignalWatch.ending + [SIGUSR1]) { signal in
        mailbox.post(signal == SIGUSR1 ? .reportRequested : .stopRequested)
    }
}

private func coordinatorMailbox() throws(TransportError) -> (Mailbox<CoordinatorMail>, Wakeup) {
    let wakeup = try Wakeup()
    return (Mailbox(wakeup: wakeup), wakeup)
}

private func localWorkers(
    _ run: PreparedRun, endpoint: String, token: JoinToken?, environment: RuntimeEnvironment,
    mailbox: Mailbox<CoordinatorMail>
) -> LocalWorkers {
    let plan = run.plan
    let count = plan.localWorkers ?? LocalShare.workers(processors: environment.processorCount)
    let threads = plan.threadsPerWorker ?? max(1, environment.processorCount / count)
    let groups = ControlGroups(read: environment.readSystemFile)
    var arguments = [
        "worker", "--connect", endpoint, "--threads", "\(threads)", "--leave-with-parent",
    ]
    arguments += ["--data", plan.trainDirectory]
    if case .folder(let path) = plan.validation { arguments += ["--data", path] }
    if let file = run.weightsFile { arguments += ["--weights", file] }
    arguments += ["--cache", environment.cacheDirectory] + plan.cacheBounds.options
    if token != nil { arguments += ["--token-file", WorkerPlan.standardInput] }
    return LocalWorkers(
        count: count, host: environment.hostName, program: environment.executablePath, arguments: arguments,
        token: token,
        mailbox: mailbox,
        othersMayCome: plan.listenEndpoint != nil, memoryKills: { groups.memoryKills })
}

/// How many worker processes share a machine's cores.
enum LocalShare {
    /// Each holds its own copy of the transformed weights (235 MB).
    private static let most = 8

    static func workers(processors: Int) -> Int { min(max(processors, 1), most) }
}

/// If memory runs out, the kernel kills this process before its parent, which can start another.
private func yieldMemoryToParent() {
    try? "500".write(toFile: "/proc/self/oom_score_adj", atomically: false, encoding: .utf8)
}

/// Calls `onEnd` on a thread of its own when standard input closes, as it does when the parent process ends.
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
