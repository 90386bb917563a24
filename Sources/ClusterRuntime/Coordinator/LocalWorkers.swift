import Foundation
import Logging
import Synchronization
import ZeroMQTransport

/// The worker processes of `headstart train` on this machine: started, replaced when they die, ended with the
/// run.
final class LocalWorkers {
    private struct Slot {
        var process: ChildProcess?
        /// Processes that died young, one after the other.
        var earlyDeaths = 0
        var started = ContinuousClock.now
    }

    private let program: String
    private let arguments: [String]
    private let token: JoinToken?
    private let mailbox: Mailbox<CoordinatorMail>
    private let othersMayCome: Bool
    private var slots: [Slot]
    private var isStopping = false

    /// A worker whose processes die young this often in a row is not started again.
    private static let earlyDeathsPerSlot = 10
    /// Who lived this long did not die young.
    private static let youth = Duration.seconds(10)
    /// Lines of a worker's standard error that are kept to explain its end.
    private static let linesKept = 20
    /// How long the workers have to leave by themselves.
    private static let leaveSeconds = 5.0

    /// - Parameters:
    ///   - count: how many processes.
    ///   - arguments: those of `headstart worker`.
    ///   - token: given to each on its standard input.
    ///   - othersMayCome: the run can go on without any of these.
    init(
        count: Int, program: String, arguments: [String], token: JoinToken?,
        mailbox: Mailbox<CoordinatorMail>, othersMayCome: Bool
    ) {
        self.othersMayCome = othersMayCome
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
        slots[slot].process = try ChildProcess(
            program: program, arguments: arguments, input: token.map { $0.text + "\n" }
        ) { line in
            lines.append(line)
            mailbox.post(.workerProcessLine(slot: slot, line))
        } onEnd: { end in
            mailbox.post(.workerProcessEnded(slot: slot, end, lastLines: lines.all))
        }
    }

    /// Starts another in place of a process that ended; the reason why the run can't go on, if all have ended
    /// for good.
    func replace(_ slot: Int, after end: ProcessEnd, lastLines: [String], log: Logger) -> String? {
        slots[slot].process = nil
        guard !isStopping else { return nil }
        if end != .exited(0) {
            for line in lastLines { log.warning("worker process \(slot + 1): \(line)") }
        }
        log.warning("worker process \(slot + 1) ended: \(end)")
        let diedYoung = slots[slot].started.duration(to: .now) < Self.youth
        slots[slot].earlyDeaths = diedYoung ? slots[slot].earlyDeaths + 1 : 0
        // One that leaves with an error would do so again; one that was stopped or killed may not.
        let mayStartAgain = if case .exited = end { end.isInOrder } else { true }
        if mayStartAgain, slots[slot].earlyDeaths < Self.earlyDeathsPerSlot {
            do { try start(slot) } catch { log.error("\(error)") }
        }
        guard !othersMayCome, slots.allSatisfy({ $0.process == nil }) else { return nil }
        let reason = lastLines.last { $0.contains("error: ") } ?? "\(end)"
        let cause = reason.split(separator: "error: ").last.map(String.init) ?? reason
        return "no worker process is left, the last one's end: \(cause); mend the cause, then use --resume"
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
