import Foundation
import Synchronization

/// Writes text on a thread of its own, so that nobody waits for a terminal or pipe that isn't read. What is
/// over the bound is left out, counted, and told of as soon as there is room.
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

    /// How often `flush` looks.
    private static let lookInterval: useconds_t = 500

    /// - Parameters:
    ///   - bound: bytes that wait at most.
    ///   - output: writes text, and may take as long as it likes.
    package init(bound: Int = 1 << 20, output: @escaping @Sendable (String) -> Void) {
        self.bound = bound
        self.output = output
        state = Mutex(State { "warning: \(Self.missing($0))\n" })
    }

    /// Says how many lines were left out.
    static func missing(_ count: Int) -> String {
        "\(count) lines are missing here; standard error was not read in time"
    }

    /// Takes the words for lines that were left out.
    package func setNotice(_ notice: @escaping @Sendable (Int) -> String) {
        state.withLock { $0.notice = notice }
    }

    /// Hands text over, after what was handed over before; never waits.
    package func write(_ text: String) {
        let hasThread = state.withLock { state in
            defer { state.hasThread = true }
            guard state.pending.utf8.count + text.utf8.count <= bound else {
                // A piece of a progress bar is no line, and missed by nobody.
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

    /// Waits until all is written, or for so long.
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
            // What was left out came after what was waiting.
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
