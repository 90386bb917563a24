import Dispatch
import Foundation
import Synchronization

/// The threads that fetch and decode pictures, which end with this value. As many compute at a time as the
/// worker may use; the others wait for content, so that pictures from the coordinator don't cost a round trip
/// each.
final class PictureThreads: Sendable {
    /// Shared by the threads, so that they don't retain their owner.
    private final class Queue: Sendable {
        let jobs = Mutex<[@Sendable () -> Void]>([])
        let arrivals = DispatchSemaphore(value: 0)

        /// Waits for the next job; `nil` if the thread is to end.
        func next() -> (@Sendable () -> Void)? {
            arrivals.wait()
            return jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }
    }

    private let queue = Queue()
    private let width: Int
    private let processors = DispatchSemaphore(value: 0)

    /// Threads that may wait for content besides those that compute; the content client limits the requests
    /// in flight.
    private static let waiting = 16
    /// Room for the deepest decoder.
    private static let stackBytes = 8 << 20

    /// - Parameter processors: how many threads compute at a time.
    init(processors: Int) {
        width = processors + Self.waiting
        for _ in 0..<processors { self.processors.signal() }
        for _ in 0..<width {
            let thread = Thread { [queue] in
                while let job = queue.next() { job() }
            }
            thread.name = "pictures"
            thread.stackSize = Self.stackBytes
            thread.start()
        }
    }

    deinit {
        for _ in 0..<width { queue.arrivals.signal() }
    }

    /// Runs `body` as soon as a processor is free.
    func computing<Value>(_ body: () throws -> Value) rethrows -> Value {
        processors.wait()
        defer { processors.signal() }
        return try body()
    }

    /// Starts `body` for each item, and returns at once.
    func begin<Item: Sendable, Value: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) -> Value
    ) -> PictureBatch<Value> {
        let batch = PictureBatch<Value>(count: items.count)
        queue.jobs.withLock { jobs in
            for (index, item) in items.enumerated() { jobs.append { batch.set(body(item), at: index) } }
        }
        for _ in items { queue.arrivals.signal() }
        return batch
    }
}

/// The results of work on some pictures, done on other threads.
final class PictureBatch<Value: Sendable>: Sendable {
    private let values: Mutex<[Value?]>
    private let arrivals = DispatchSemaphore(value: 0)
    private let count: Int

    fileprivate init(count: Int) {
        self.count = count
        values = Mutex(Array(repeating: nil, count: count))
    }

    fileprivate func set(_ value: Value, at index: Int) {
        values.withLock { $0[index] = value }
        arrivals.signal()
    }

    /// Waits for all values and returns them in order; may be called once.
    func wait() -> [Value] {
        for _ in 0..<count { arrivals.wait() }
        return values.withLock { $0.compactMap { $0 } }
    }
}
