import Synchronization

/// The progress of a scan, and the request to stop it. Safe from any thread.
package final class ScanProgress: Sendable {
    private let read = Atomic(0)
    private let found = Atomic(0)
    private let stopped = Atomic(false)

    package init() {}

    /// The numbers of pictures read so far and found so far.
    package var pictures: (read: Int, found: Int) {
        (read.load(ordering: .relaxed), found.load(ordering: .relaxed))
    }

    /// Makes scans end with `DatasetError.stopped`.
    package func stop() { stopped.store(true, ordering: .relaxed) }

    package var isStopped: Bool { stopped.load(ordering: .relaxed) }

    func add(found count: Int) { found.add(count, ordering: .relaxed) }

    func add(read count: Int) { read.add(count, ordering: .relaxed) }
}
