import Foundation
import Synchronization

/// Writes text on its own thread, so that no caller waits for a terminal or pipe that isn't read. Text beyond
/// the bound is dropped; a notice with the number of dropped lines follows as soon as there is room.
package final class TextWriter: Sendable {
    private struct State {
        var pending = ""
        var leftOut = 0
        var isWriting = false
        var hasThread = false
        var notice: @Sendable (Int) -> String
    }

    private let bound: Int
    private let output: @Sendable (String) -> Void
    private let state: Mutex<State>
    private let arrivals = DispatchSemaphore(value: 0)

    /// The microseconds between the checks of `flush`.
    private static let lookInterval: useconds_t = 500

    /// - Parameters:
    ///   - bound: the most bytes that may wait.
    ///   - output: writes text, and may take as long as it likes.
    package init(bound: Int = 1 << 20, output: @escaping @Sendable (String) -> Void) {
        self.bound = bound
        self.output = output
        state = Mutex(State { "warning: \(Self.missing($0))\n" })
    }

    /// The notice that `count` lines were dropped.
    static func missing(_ count: Int) -> String {
        "\(count) lines are missing here; standard error was not read in time"
    }

    /// Sets the text of the notice for a number of dropped lines.
    package func setNotice(_ notice: @escaping @Sendable (Int) -> String) {
        state.withLock { $0.notice = notice }
    }

    /// Queues text behind earlier text; never waits.
    package func write(_ text: String) {
        let hasThread = state.withLock { state in
            defer { state.hasThread = true }
            guard state.pending.utf8.count + text.utf8.count <= bound else {
                // Pieces of a progress bar have no newline and don't count.
                state.leftOut += text.utf8.count { $0 == UInt8(ascii: "\n") }
                return state.hasThread
            }
            state.pending += text
            return state.hasThread
        }
        if !hasThread {
            let thread = Thread { [self] in
                while true {
                    arrivals.wait()
                    writePending()
                }
            }
            thread.name = "log"
            thread.start()
        }
        arrivals.signal()
    }

    /// Waits until everything is written, or until the time is over.
    package func flush(within seconds: Double) {
        let deadline = Date().addingTimeInterval(seconds)
        while state.withLock({ $0.isWriting || !$0.pending.isEmpty || $0.leftOut > 0 }),
            Date() < deadline
        {
            usleep(Self.lookInterval)
        }
    }

    private func writePending() {
        let text = state.withLock { state in
            // The dropped lines came after the waiting text.
            let text = state.pending + (state.leftOut > 0 ? state.notice(state.leftOut) : "")
            state.pending = ""
            state.leftOut = 0
            state.isWriting = true
            return text
        }
        if !text.isEmpty { output(text) }
        state.withLock { $0.isWriting = false }
    }
}
