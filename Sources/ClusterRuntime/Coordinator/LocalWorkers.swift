import Foundation
import Logging
import Synchronization

/// The worker processes of `headstart train` on this machine: started, replaced when they die, ended with the
/// run.
final class LocalWorkers {
    private struct Slot {
        var process: ChildProcess?
        var starts = 0
    }

    private let program: String
    private let arguments: [String]
    private let mailbox: Mailbox<CoordinatorMail>
    private var slots: [Slot]
    private var isStopping = false

    /// A worker that dies this often is not started again.
    private static let startsPerSlot = 5
    /// Lines of a worker's standard error that are kept to explain its end.
    private static let linesKept = 20
    /// How long the workers have to leave by themselves.
    private static let leaveSeconds = 5.0

    /// - Parameters:
    ///   - count: how many processes.
    ///   - arguments: those of `headstart worker`.
    init(count: Int, program: String, arguments: [String], mailbox: Mailbox<CoordinatorMail>) {
        self.program = program
        self.arguments = arguments
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
        slots[slot].starts += 1
        slots[slot].process = try ChildProcess(program: program, arguments: arguments) { line in
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
        // One that leaves with a reason would do so again; one that was killed may have been so by accident.
        if case .signalled = end, slots[slot].starts < Self.startsPerSlot {
            do { try start(slot) } catch { log.error("\(error)") }
        }
        guard slots.allSatisfy({ $0.process == nil }) else { return nil }
        let reason = lastLines.last { $0.contains("error: ") } ?? "\(end)"
        return
            "no worker process is left: \(reason.split(separator: "error: ").last.map(String.init) ?? reason)"
    }

    /// Lets the workers leave, and ends those that don't.
    func stop() {
        isStopping = true
        let deadline = Date().addingTimeInterval(Self.leaveSeconds)
        let processes = slots.compactMap(\.process)
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
