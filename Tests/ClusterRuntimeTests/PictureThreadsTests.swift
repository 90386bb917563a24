import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ClusterRuntime

@Suite("Pictures are had and decoded side by side", .ending)
struct PictureThreadsTests {
    /// The most that were inside at a time.
    private final class Gauge: Sendable {
        private let state = Mutex((now: 0, most: 0))

        var most: Int { state.withLock { $0.most } }

        func enter() {
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
        }

        func leave() { state.withLock { $0.now -= 1 } }
    }

    @Test("results come in order; no more compute than may, while others wait for theirs")
    func bounds() {
        let threads = PictureThreads(processors: 2)
        let (waiting, computing) = (Gauge(), Gauge())
        let everybody = DispatchSemaphore(value: 0)
        let results = threads.begin(Array(0..<64)) { number in
            waiting.enter()
            // Ten wait at the same time, or this never ends.
            if number < 10 {
                everybody.signal()
                if number == 0 { for _ in 0..<10 { everybody.wait() } }
            }
            waiting.leave()
            return threads.computing {
                computing.enter()
                usleep(1000)
                computing.leave()
                return number * 2
            }
        }.wait()
        #expect(results == (0..<64).map { $0 * 2 })
        #expect(computing.most <= 2)
        #expect(threads.begin([Int]()) { $0 }.wait().isEmpty)
    }
}
