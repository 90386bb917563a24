import Dispatch
import Foundation
import Synchronization

/// The threads on which pictures are had and decoded, while it lives: so many compute at a time as the worker
/// may use, and more of them wait for content, so that its way from the coordinator costs no round trip for
/// each picture.
final class PictureThreads: Sendable {
    /// What the threads share; they don't keep their owner.
    private final class Queue: Sendable {
        let jobs = Mutex<[@Sendable () -> Void]>([])
        let arrivals = DispatchSemaphore(value: 0)

        /// The next job; `nil` at the end.
        func next() -> (@Sendable () -> Void)? {
            arrivals.wait()
            return jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }
    }

    private let queue = Queue()
    private let width: Int
    private let processors = DispatchSemaphore(value: 0)

    /// Threads that may wait for content beside those that compute; the client bounds what is under way.
    private static let waiting = 16
    /// Room for the deepest decoder.
    private static let stackBytes = 8 << 20

    /// - Parameter processors: how many compute at a time.
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

    /// Does what takes a processor, when one is free.
    func computing<Value>(_ body: () throws -> Value) rethrows -> Value {
        processors.wait()
        defer { processors.signal() }
        return try body()
    }

    /// Begins to do `body` with each item, at once.
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

/// What comes of some pictures, on other threads, while the owner does something else.
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

    /// Waits for the last and gives all in order; once.
    func wait() -> [Value] {
        for _ in 0..<count { arrivals.wait() }
        return values.withLock { $0.compactMap { $0 } }
    }
}
