import Foundation
import Glibc
import Synchronization

/// What `headstart launch` was asked to do.
package struct LaunchPlan: Sendable, Equatable {
    package var hosts: [WorkerHost]
    /// How each worker finds its coordinator, as the hosts reach it, and proves itself.
    package var join: WorkerPlan
    /// The SSH client: a path, or a name to be looked up.
    package var sshProgram = "ssh"
    /// More options of `headstart worker`, for every worker.
    package var workerOptions: [String] = []

    package init(hosts: [WorkerHost], join: WorkerPlan) {
        self.hosts = hosts
        self.join = join
    }

    /// Throws for the first value that can't be used.
    package func validate() throws(PlanError) {
        try join.validate()
    }

    /// The SSH client's arguments that start one worker on `host`.
    ///
    /// It leaves when its standard input ends, which SSH brings about when this process ends in any way.
    func arguments(for host: WorkerHost) -> [String] {
        // No question can be answered here; a dead host is noticed in half a minute.
        var arguments = [
            "-o", "BatchMode=yes", "-o", "ServerAliveInterval=10", "-o", "ConnectTimeout=20", "-T",
        ]
        if let port = host.port { arguments += ["-p", "\(port)"] }
        var words = [host.program, "worker", "--connect", join.connectEndpoint, "--leave-with-parent"]
        // It goes through SSH's input: arguments can be read by everybody over there.
        if join.token != nil { words += ["--token-file", WorkerPlan.standardInput] }
        if join.isInsecure { words.append("--insecure") }
        if let threads = host.threads { words += ["--threads", "\(threads)"] }
        words += workerOptions
        // The shell over there reads one line.
        return arguments + ["--", host.destination, words.map(Self.quoted).joined(separator: " ")]
    }

    /// A word as a POSIX shell reads it back.
    static func quoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.utf8.allSatisfy { Self.plain.contains($0) }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    private static let plain = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,".utf8)
}

/// How launched workers ended.
package struct LaunchOutcome: Sendable, Equatable {
    package var started: Int
    /// Those that did not leave in order, with the reason of each.
    package var failures: [String]
    /// Somebody asked for the end.
    package var wasInterrupted: Bool
}

/// Workers on other hosts, started over SSH; what they say is relayed line by line, and they end together.
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

    /// How long workers have to leave when they are asked to, before SSH is ended, and then killed.
    private static let leaveSeconds = 10.0

    /// - Parameter say: takes each line, and whose it is; called from several threads.
    package init(
        _ plan: LaunchPlan, say: @escaping @Sendable (_ worker: String, _ line: String) -> Void
    ) {
        self.plan = plan
        self.say = say
    }

    /// Starts all, waits until all have ended, and says how.
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
                // SSH's own failures end with status 255; their reason is in the lines before.
                state.failures.append("\(name): \(state.lastErrors[number] ?? "\(end)")")
            }
        }
        ended.signal()
    }

    /// Asks all to leave, and sees that they do.
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

    /// The file that a program's name stands for.
    private static func executable(_ program: String) throws(SpawnError) -> String {
        if program.contains("/") { return program }
        for folder in ["/usr/local/bin", "/usr/bin", "/bin"] where access("\(folder)/\(program)", X_OK) == 0 {
            return "\(folder)/\(program)"
        }
        throw SpawnError(program: program, code: ENOENT)
    }
}
