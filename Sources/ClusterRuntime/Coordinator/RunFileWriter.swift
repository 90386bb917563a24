import Synchronization

/// Writes the run's files on a thread of its own and in the order in which they are handed over, so that
/// steps and messages go on meanwhile. What a checkpoint depends on (the record, the list of pictures left
/// out, the history of its epochs) is on the disk before it.
///
/// If the disk is slower than the run, a newer checkpoint replaces one that has not begun, so at most two are
/// in memory.
final class RunFileWriter: Sendable {
    private enum Command: Sendable {
        case checkpoint(CheckpointFile)
        case other(@Sendable () throws -> Void)
    }

    private final class Failure: Sendable {
        let reason = Mutex<String?>(nil)
    }

    private let queue: CommandQueue<Command>
    private let failure = Failure()

    /// - Parameter onFailure: called on the writing thread for the first failure. Nothing is written after
    ///   it, because the state that a failed sync leaves behind is unknown.
    init(store: CheckpointStore, onFailure: @escaping @Sendable (String) -> Void) {
        let failure = failure
        queue = CommandQueue(name: "files") {
            { command in
                guard failure.reason.withLock({ $0 == nil }) else { return }
                do {
                    switch command {
                    case .checkpoint(let checkpoint): try store.save(checkpoint)
                    case .other(let write): try write()
                    }
                } catch {
                    failure.reason.withLock { $0 = "\(error)" }
                    onFailure("\(error)")
                }
            }
        }
    }

    func write(_ checkpoint: CheckpointFile) {
        queue.drop { if case .checkpoint = $0 { true } else { false } }
        queue.post(.checkpoint(checkpoint))
    }

    /// Executes `write` after everything handed over before. If it throws, the run ends: its state on the
    /// disk would be behind what was reported.
    func perform(_ write: @escaping @Sendable () throws -> Void) { queue.post(.other(write)) }

    /// Whether a write has failed; nothing is written after that.
    var hasFailed: Bool { failure.reason.withLock { $0 != nil } }

    /// Waits until everything is written; throws if a write has failed.
    func close() throws(RunFailure) {
        queue.close()
        if let reason = failure.reason.withLock({ $0 }) { throw RunFailure(reason: reason) }
    }
}
