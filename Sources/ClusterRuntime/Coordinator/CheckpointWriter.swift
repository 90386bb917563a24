import Synchronization

/// Writes checkpoints on a thread of its own, so that steps go on meanwhile. When the disk is slower than the
/// run, a checkpoint that has not begun gives way to a newer one, so at most two wait in memory.
final class CheckpointWriter: Sendable {
    private final class Failure: Sendable {
        let reason = Mutex<String?>(nil)
    }

    private let queue: CommandQueue<CheckpointFile>
    private let failure = Failure()

    /// - Parameter onFailure: called on the writing thread for the first failure. Nothing is written after
    ///   it: what a failed sync has left behind is unknown.
    init(store: CheckpointStore, onFailure: @escaping @Sendable (String) -> Void) {
        let failure = failure
        queue = CommandQueue(name: "checkpoints") {
            { checkpoint in
                guard failure.reason.withLock({ $0 == nil }) else { return }
                do { try store.save(checkpoint) } catch {
                    failure.reason.withLock { $0 = "\(error)" }
                    onFailure("\(error)")
                }
            }
        }
    }

    func write(_ checkpoint: CheckpointFile) {
        queue.drop { _ in true }
        queue.post(checkpoint)
    }

    /// Waits until the last one is written.
    func close() throws(RunFailure) {
        queue.close()
        if let reason = failure.reason.withLock({ $0 }) { throw RunFailure(reason: reason) }
    }
}
