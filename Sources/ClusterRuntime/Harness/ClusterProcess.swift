import Foundation
import Glibc
import Synchronization

/// A process of a test cluster with what it wrote to standard error, line by line with its time.
///
/// It ends with this value.
package final class ClusterProcess: Sendable {
    /// A line and when it came.
    package struct Line: Sendable {
        package let at: ContinuousClock.Instant
        package let text: String
    }

    private final class Transcript: Sendable {
        private struct State {
            var lines: [Line] = []
            var end: ProcessEnd?
        }

        private let state = Mutex(State())

        /// The oldest lines go first.
        private static let linesKept = 10_000

        func append(_ text: String) {
            let line = Line(at: .now, text: text)
            state.withLock { state in
                if state.lines.count == Self.linesKept { state.lines.removeFirst(Self.linesKept / 2) }
                state.lines.append(line)
            }
        }

        func end(_ end: ProcessEnd) { state.withLock { $0.end = end } }
        var lines: [Line] { state.withLock { $0.lines } }
        var end: ProcessEnd? { state.withLock { $0.end } }
    }

    /// For people, such as "worker 2".
    package let name: String
    package let started = ContinuousClock.Instant.now
    private let process: ChildProcess
    private let transcript: Transcript

    /// Starts the program.
    package init(name: String, program: String, arguments: [String]) throws {
        self.name = name
        let transcript = Transcript()
        self.transcript = transcript
        process = try ChildProcess(program: program, arguments: arguments) {
            transcript.append($0)
        } onEnd: {
            transcript.end($0)
        }
    }

    deinit { process.send(signal: SIGKILL) }

    package var processID: pid_t { process.processID }

    /// What it wrote so far.
    package var lines: [Line] { transcript.lines }

    /// How it ended, if it has.
    package var end: ProcessEnd? { transcript.end }

    /// Whether it left by itself and not in order.
    var hasFailed: Bool {
        if case .exited(let status) = end { status != 0 } else { false }
    }

    /// Sends a signal, unless it has ended.
    package func send(signal: Int32) { process.send(signal: signal) }

    /// The first line for which `condition` holds, not older than `moment`.
    package func line(
        since moment: ContinuousClock.Instant? = nil, where condition: (String) -> Bool
    ) -> Line? {
        lines.first { line in moment.map { line.at >= $0 } ?? true && condition(line.text) }
    }

    /// Waits for such a line; `nil` if none comes in time, or the process ends without it.
    package func waitForLine(
        since moment: ContinuousClock.Instant? = nil, seconds: Double = 60, where condition: (String) -> Bool
    ) -> Line? {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            // Its end is asked first: all lines are there when it is known.
            let hasEnded = end != nil
            if let line = line(since: moment, where: condition) { return line }
            guard !hasEnded, .now < deadline else { return nil }
            usleep(Self.pollMicroseconds)
        }
    }

    /// Waits for its end; `nil` if it goes on for longer.
    package func waitForEnd(seconds: Double = 120) -> ProcessEnd? {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while end == nil, .now < deadline { usleep(Self.pollMicroseconds) }
        return end
    }

    private static let pollMicroseconds: UInt32 = 2_000

    /// Its last lines, to explain a failure.
    package var lastLines: String { lines.suffix(20).map(\.text).joined(separator: "\n") }
}
