import Foundation
import Synchronization
import TestSupport
import Testing

@testable import HeadStartCLI

@Suite("Lines for a stream that nobody may read", .ending)
struct TextWriterTests {
    /// A stream that takes text when it is told to.
    private final class Stream: Sendable {
        let text = Mutex("")
        let gate = DispatchSemaphore(value: 0)
    }

    @Test("all is written in order, and a flush waits for it")
    func order() {
        let stream = Stream()
        let writer = TextWriter { text in
            usleep(1000)
            stream.text.withLock { $0 += text }
        }
        for number in 0..<200 { writer.write("\(number)\n") }
        writer.flush(within: 20)
        #expect(stream.text.withLock { $0 } == (0..<200).map { "\($0)\n" }.joined())
    }

    @Test("nobody waits for a reader; what is over the bound is counted and told of")
    func unread() {
        let stream = Stream()
        let writer = TextWriter(bound: 1000) { text in
            stream.gate.wait()
            stream.text.withLock { $0 += text }
        }
        writer.write("first\n")
        // The thread has taken it, and waits for the reader.
        usleep(50_000)
        for _ in 0..<1000 { writer.write("123456789\n") }
        writer.flush(within: 0.05)
        #expect(stream.text.withLock { $0.isEmpty })
        for _ in 0..<4 { stream.gate.signal() }
        writer.flush(within: 20)
        writer.write("last\n")
        writer.flush(within: 20)
        let lines = stream.text.withLock { $0 }.split(separator: "\n")
        #expect(lines.first == "first" && lines.last == "last")
        let kept = lines.count { $0 == "123456789" }
        #expect(kept == 100)
        #expect(
            lines.contains(
                "warning: \(1000 - kept) lines are missing here; standard error was not read in time"))
    }
}
