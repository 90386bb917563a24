import Foundation
import Logging
import Synchronization
import WireMessages
import ZeroMQTransport

/// The worker processes of `headstart train` on this machine: started, replaced when they die, ended with the
/// run.
final class LocalWorkers {
    private struct Slot {
        var process: ChildProcess?
        /// Processes that died young, one after the other.
        var earlyDeaths = 0
        var started = ContinuousClock.now
        /// When another is to be started.
        var isDue: ContinuousClock.Instant?
    }

    private let host: String
    private let program: String
    private let arguments: [String]
    private let token: JoinToken?
    private let mailbox: Mailbox<CoordinatorMail>
    private let othersMayCome: Bool
    private let memoryKills: () -> Int?
    /// What the kernel's count was when it was read last.
    private var knownMemoryKills: Int?
    private var slots: [Slot]
    private var isStopping = false

    /// A worker whose processes die young this often in a row is not started again.
    private static let earlyDeathsPerSlot = 10
    /// Who lived this long did not die young.
    private static let youth = Duration.seconds(10)
    /// Lines of a worker's standard error that are kept to explain its end.
    private static let linesKept = 20
    /// The pause before another is started for the second that died young in a row; it doubles from death to
    /// death, up to the longest.
    private static let firstPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(30)
    /// How long the workers have to leave by themselves.
    private static let leaveSeconds = 5.0

    /// - Parameters:
    ///   - count: how many processes.
    ///   - host: this machine's name, as workers say it.
    ///   - arguments: those of `headstart worker`.
    ///   - token: given to each on its standard input.
    ///   - othersMayCome: the run can go on without any of these.
    ///   - memoryKills: how many processes of this one's kind the kernel has killed for want of memory.
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

    /// Starts all of them.
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

    /// Whether who says this is one of these processes.
    func have(_ hello: Hello) -> Bool {
        hello.host == host && slots.contains { $0.process?.processID == hello.processID }
    }

    /// Starts those whose time has come; the reason why the run can't go on, if none is left.
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

    /// Whether the kernel has killed one more for want of memory than was known.
    private func takeMemoryKill() -> Bool {
        guard let count = memoryKills(), let known = knownMemoryKills, count > known else { return false }
        knownMemoryKills = known + 1
        return true
    }

    /// Sees that another takes the place of a process that ended; the reason why the run can't go on, if all
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
        // One that leaves with an error would do so again; one that was stopped or killed may not.
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

    /// A single process that dies is replaced at once; what kills one after the other is given time to pass.
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

    /// Lets the workers leave, and ends those that don't.
    func stop() {
        isStopping = true
        let deadline = Date().addingTimeInterval(Self.leaveSeconds)
        let processes = slots.compactMap(\.process)
        for process in processes { process.closeInput() }
        while !processes.allSatisfy(\.hasEnded), Date() < deadline { Thread.sleep(forTimeInterval: 0.005) }
        for process in processes { process.send(signal: SIGKILL) }
    }
}

/// The last lines of a text that comes line by line, from any thread.
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
