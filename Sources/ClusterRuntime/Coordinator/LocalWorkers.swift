import Foundation
import Logging
import Synchronization
import WireMessages
import ZeroMQTransport

/// The local worker processes of `headstart train`: started with the run, replaced when they die, and ended
/// with it.
final class LocalWorkers {
    private struct Slot {
        var process: ChildProcess?
        /// Processes in a row that died early.
        var earlyDeaths = 0
        var started = ContinuousClock.now
        /// When the next process is due to start.
        var isDue: ContinuousClock.Instant?
    }

    private let host: String
    private let program: String
    private let arguments: [String]
    private let token: JoinToken?
    private let mailbox: Mailbox<CoordinatorMail>
    private let othersMayCome: Bool
    private let memoryKills: () -> Int?
    /// The memory kills accounted for so far.
    private var knownMemoryKills: Int?
    private var slots: [Slot]
    private var isStopping = false

    /// A worker whose processes die early this many times in a row is not started again.
    private static let earlyDeathsPerSlot = 10
    /// A process that ends sooner died early.
    private static let youth = Duration.seconds(10)
    /// Lines of a worker's standard error that are kept to explain its end.
    private static let linesKept = 20
    /// The pause before the restart after a second early death in a row; it doubles with each further one, up
    /// to `longestPause`.
    private static let firstPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(30)
    /// How long the workers have to leave on their own.
    private static let leaveSeconds = 5.0

    /// - Parameters:
    ///   - count: the number of processes.
    ///   - host: this machine's name, as workers report it.
    ///   - arguments: the arguments of `headstart worker`.
    ///   - token: written to each process's standard input.
    ///   - othersMayCome: whether the run can go on without any of these processes.
    ///   - memoryKills: how many processes the kernel has killed for lack of memory
    ///     (`ControlGroups.memoryKills`).
    init(
        count: Int, host: String, program: String, arguments: [String], token: JoinToken?,
        mailbox: Mailbox<CoordinatorMail>, othersMayCome: Bool, memoryKills: @escaping () -> Int?
    ) {
        self.othersMayCome = othersMayCome
        self.memoryKills = memoryKills
        knownMemoryKills = memoryKills()
        self.host = host
        self.program = program
        self.arguments = arguments
        self.token = token
        self.mailbox = mailbox
        slots = Array(repeating: Slot(), count: count)
    }

    func start() throws(SpawnError) {
        for slot in slots.indices { try start(slot) }
    }

    private func start(_ slot: Int) throws(SpawnError) {
        let lines = LastLines(count: Self.linesKept)
        let mailbox = mailbox
        slots[slot].started = .now
        slots[slot].isDue = nil
        slots[slot].process = try ChildProcess(
            program: program, arguments: arguments, input: token.map { $0.text + "\n" }
        ) { line in
            lines.append(line)
            mailbox.post(.workerProcessLine(slot: slot, line))
        } onEnd: { end in
            mailbox.post(.workerProcessEnded(slot: slot, end, lastLines: lines.all))
        }
    }

    /// Whether a hello comes from one of these processes.
    func have(_ hello: Hello) -> Bool {
        hello.host == host && slots.contains { $0.process?.processID == hello.processID }
    }

    /// Starts the processes that are due; returns the reason why the run can't go on, if none is left.
    func startDue(log: Logger) -> String? {
        guard !isStopping else { return nil }
        let now = ContinuousClock.now
        for slot in slots.indices where slots[slot].isDue.map({ $0 <= now }) ?? false {
            do { try start(slot) } catch {
                slots[slot].isDue = nil
                log.error("\(error)")
                if let reason = reasonIfNoneIsLeft("\(error)") { return reason }
            }
        }
        return nil
    }

    /// Whether the kernel has killed another process for lack of memory, which then counts as known.
    private func takeMemoryKill() -> Bool {
        guard let count = memoryKills(), let known = knownMemoryKills, count > known else { return false }
        knownMemoryKills = known + 1
        return true
    }

    /// Schedules a replacement for a process that ended; returns the reason why the run can't go on, if all
    /// have ended for good.
    func replace(_ slot: Int, after end: ProcessEnd, lastLines: [String], log: Logger) -> String? {
        (slots[slot].process, slots[slot].isDue) = (nil, nil)
        guard !isStopping else { return nil }
        let lackedMemory = end == .signalled(SIGKILL) && takeMemoryKill()
        let cause = lackedMemory ? "the kernel killed it for want of memory; \(memoryRemedy)" : "\(end)"
        if end != .exited(0) {
            for line in lastLines { log.warning("worker process \(slot + 1): \(line)") }
        }
        log.warning("worker process \(slot + 1) ended: \(cause)")
        let diedYoung = slots[slot].started.duration(to: .now) < Self.youth
        slots[slot].earlyDeaths = diedYoung ? slots[slot].earlyDeaths + 1 : 0
        // A process that exits with an error would do so again; one that was stopped or killed may not.
        let mayStartAgain = if case .exited = end { end.isInOrder } else { true }
        if mayStartAgain, slots[slot].earlyDeaths < Self.earlyDeathsPerSlot {
            let pause = Self.pause(afterEarlyDeaths: slots[slot].earlyDeaths)
            if pause > .zero { log.notice("worker process \(slot + 1) is started again in \(pause)") }
            slots[slot].isDue = .now + pause
        }
        let reason = lastLines.last { $0.contains("error: ") }?.split(separator: "error: ").last
        return startDue(log: log)
            ?? reasonIfNoneIsLeft(lackedMemory ? cause : reason.map(String.init) ?? cause)
    }

    /// A first early death is replaced at once; after more in a row, the cause is given time to pass.
    static func pause(afterEarlyDeaths deaths: Int) -> Duration {
        deaths < 2 ? .zero : min(longestPause, firstPause * (1 << min(deaths - 2, 16)))
    }

    private var memoryRemedy: String {
        slots.count > 1
            ? "each takes some 355 MB: use --workers 1, or raise the limit"
            : "it takes some 355 MB: raise the limit, or end something else"
    }

    private func reasonIfNoneIsLeft(_ cause: String) -> String? {
        guard !othersMayCome, slots.allSatisfy({ $0.process == nil && $0.isDue == nil }) else { return nil }
        let remedy = cause.contains("; ") ? "" : "; mend the cause"
        return "no worker process is left, the last one's end: \(cause)\(remedy), then use --resume"
    }

    /// Gives the workers time to leave, then kills the rest.
    func stop() {
        isStopping = true
        let deadline = Date().addingTimeInterval(Self.leaveSeconds)
        let processes = slots.compactMap(\.process)
        for process in processes { process.closeInput() }
        while !processes.allSatisfy(\.hasEnded), Date() < deadline { Thread.sleep(forTimeInterval: 0.005) }
        for process in processes { process.send(signal: SIGKILL) }
    }
}

/// The last lines of a process's output; may be used from any thread.
private final class LastLines: Sendable {
    private let count: Int
    private let lines = Mutex<[String]>([])

    init(count: Int) { self.count = count }

    func append(_ line: String) {
        lines.withLock { lines in
            if lines.count == count { lines.removeFirst() }
            lines.append(line)
        }
    }

    var all: [String] { lines.withLock { $0 } }
}
