import ClusterRuntime
import Foundation
import Glibc
import Synchronization

/// A process of a test cluster, and the lines that it wrote to standard error with their times.
///
/// It is killed when this value is released.
package final class ClusterProcess: Sendable {
    /// A line, and when it arrived.
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

        /// When there are more, the older half is dropped.
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

    /// For messages, such as "worker process 2".
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

    /// The lines written so far.
    package var lines: [Line] { transcript.lines }

    /// How the process ended; `nil` while it runs.
    package var end: ProcessEnd? { transcript.end }

    /// Whether it exited by itself with an error.
    var hasFailed: Bool {
        if case .exited(let status) = end { status != 0 } else { false }
    }

    /// Sends a signal, unless it has ended.
    package func send(signal: Int32) { process.send(signal: signal) }

    /// The first line since `moment` for which `condition` holds.
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
            // The end is read first: once it is known, all lines have arrived.
            let hasEnded = end != nil
            if let line = line(since: moment, where: condition) { return line }
            guard !hasEnded, .now < deadline else { return nil }
            usleep(Self.pollMicroseconds)
        }
    }

    /// Waits for the process to end; `nil` if it takes longer.
    package func waitForEnd(seconds: Double = 120) -> ProcessEnd? {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while end == nil, .now < deadline { usleep(Self.pollMicroseconds) }
        return end
    }

    private static let pollMicroseconds: UInt32 = 2_000

    /// The last lines, to explain a failure.
    package var lastLines: String { lines.suffix(20).map(\.text).joined(separator: "\n") }
}
