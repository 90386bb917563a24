import ClusterRuntime
import Foundation
import Glibc
import Synchronization

/// The options of `headstart launch`.
package struct LaunchPlan: Sendable, Equatable {
    package var hosts: [WorkerHost]
    /// How each worker connects: the coordinator's address as the hosts reach it, and the credentials.
    package var join: WorkerPlan
    /// The SSH client: a path, or a name to be looked up.
    package var sshProgram = "ssh"
    /// Additional options of `headstart worker`, for every worker.
    package var workerOptions: [String] = []

    package init(hosts: [WorkerHost], join: WorkerPlan) {
        self.hosts = hosts
        self.join = join
    }

    /// Throws for the first invalid value.
    package func validate() throws(PlanError) {
        try join.validate()
    }

    /// The SSH client's arguments that start one worker on `host`.
    ///
    /// The worker leaves when its standard input closes, which SSH does when this process ends for any
    /// reason.
    func arguments(for host: WorkerHost) -> [String] {
        // SSH can't ask questions here; a dead host is noticed in half a minute.
        var arguments = [
            "-o", "BatchMode=yes", "-o", "ServerAliveInterval=10", "-o", "ConnectTimeout=20", "-T",
        ]
        if let port = host.port { arguments += ["-p", "\(port)"] }
        var words = [host.program, "worker", "--connect", join.connectEndpoint, "--leave-with-parent"]
        // The token goes through SSH's input: every user of the host can read arguments.
        if join.token != nil { words += ["--token-file", WorkerPlan.standardInput] }
        if join.isInsecure { words.append("--insecure") }
        if let threads = host.threads { words += ["--threads", "\(threads)"] }
        words += workerOptions
        // The remote shell reads one line.
        return arguments + ["--", host.destination, words.map(\.quotedForShell).joined(separator: " ")]
    }
}

package struct LaunchOutcome: Sendable, Equatable {
    package var started: Int
    /// The workers that ended with an error, each with the reason.
    package var failures: [String]
    /// Whether a signal ended it.
    package var wasInterrupted: Bool
}

/// Workers on other hosts, started over SSH. Their output is relayed line by line, and they are stopped
/// together.
package final class RemoteWorkers: Sendable {
    private struct State {
        var processes: [ChildProcess?] = []
        var running = 0
        var lastErrors: [Int: String] = [:]
        var failures: [String] = []
        var isStopping = false
    }

    private let plan: LaunchPlan
    private let say: @Sendable (_ worker: String, _ line: String) -> Void
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    /// How long workers have to leave when they are asked to; then SSH gets SIGTERM, and 2 s later SIGKILL.
    private static let leaveSeconds = 10.0

    /// - Parameter say: called with each line and the worker that wrote it, from several threads.
    package init(
        _ plan: LaunchPlan, say: @escaping @Sendable (_ worker: String, _ line: String) -> Void
    ) {
        self.plan = plan
        self.say = say
    }

    /// Starts the workers, waits until all have ended, and returns how.
    package func run() throws -> LaunchOutcome {
        let signals = SignalWatch { [self] _ in stop() }
        defer { withExtendedLifetime(signals) {} }
        let program = try Self.executable(plan.sshProgram)
        let places = plan.hosts.flatMap { host in
            (1...host.workers).map {
                (host, host.workers == 1 ? host.destination : "\(host.destination)/\($0)")
            }
        }
        for (number, (host, name)) in places.enumerated() {
            do { try start(host, name: name, number: number, program: program) } catch {
                stop()
                while state.withLock({ $0.running }) > 0 { ended.wait() }
                throw error
            }
        }
        while state.withLock({ $0.running }) > 0 { ended.wait() }
        return state.withLock {
            LaunchOutcome(started: places.count, failures: $0.failures, wasInterrupted: $0.isStopping)
        }
    }

    private func start(_ host: WorkerHost, name: String, number: Int, program: String) throws(SpawnError) {
        state.withLock { state in
            state.processes.append(nil)
            state.running += 1
        }
        do throws(SpawnError) {
            let process = try ChildProcess(
                program: program, arguments: plan.arguments(for: host),
                input: plan.join.token.map { $0.text + "\n" }
            ) { [self] line in
                say(name, line)
                if let error = line.range(of: "error: ") {
                    state.withLock { $0.lastErrors[number] = String(line[error.upperBound...]) }
                }
            } onEnd: { [self] end in
                finish(number, name: name, end: end)
            }
            let isLate = state.withLock { state in
                state.processes[number] = process
                return state.isStopping
            }
            if isLate { process.closeInput() }
        } catch {
            state.withLock { $0.running -= 1 }
            throw error
        }
    }

    private func finish(_ number: Int, name: String, end: ProcessEnd) {
        state.withLock { state in
            state.processes[number] = nil
            state.running -= 1
            if !end.isInOrder, !state.isStopping {
                // Status 255 is a failure of SSH itself; the lines before it give the reason.
                state.failures.append("\(name): \(state.lastErrors[number] ?? "\(end)")")
            }
        }
        ended.signal()
    }

    /// Asks all workers to leave, and ends those that don't.
    private func stop() {
        let processes = state.withLock { state in
            state.isStopping = true
            return state.processes.compactMap { $0 }
        }
        for process in processes { process.closeInput() }
        for (delay, signal) in [(Self.leaveSeconds, SIGTERM), (Self.leaveSeconds + 2, SIGKILL)] {
            DispatchQueue.global().asyncAfter(deadline: .now() + delay) { [self] in
                for process in state.withLock({ $0.processes.compactMap { $0 } }) {
                    process.send(signal: signal)
                }
            }
        }
    }

    /// Looks up a program by its name in the usual folders.
    private static func executable(_ program: String) throws(SpawnError) -> String {
        if program.contains("/") { return program }
        for folder in ["/usr/local/bin", "/usr/bin", "/bin"] where access("\(folder)/\(program)", X_OK) == 0 {
            return "\(folder)/\(program)"
        }
        throw SpawnError(program: program, code: ENOENT)
    }
}
