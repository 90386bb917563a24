import Synchronization

/// How far a scan is, for those who wait for it, and their word that it is to stop. Safe from any thread.
package final class ScanProgress: Sendable {
    private let read = Atomic(0)
    private let found = Atomic(0)
    private let stopped = Atomic(false)

    /// Nothing found yet.
    package init() {}

    /// Pictures read so far, and found so far.
    package var pictures: (read: Int, found: Int) {
        (read.load(ordering: .relaxed), found.load(ordering: .relaxed))
    }

    /// Makes scans end with `DatasetError.stopped`.
    package func stop() { stopped.store(true, ordering: .relaxed) }

    /// Whether to stop.
    package var isStopped: Bool { stopped.load(ordering: .relaxed) }

    func add(found count: Int) { found.add(count, ordering: .relaxed) }

    func add(read count: Int) { read.add(count, ordering: .relaxed) }
}
