import Synchronization

/// Writes the run's files on a thread of its own and in the order in which they are handed over, so that
/// steps and messages go on meanwhile: what a checkpoint goes on from (the record, the list of pictures left
/// out, the history of its epochs) is on the disk before it.
///
/// When the disk is slower than the run, a checkpoint that has not begun gives way to a newer one, so at most
/// two wait in memory.
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
    ///   it: what a failed sync has left behind is unknown.
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

    /// Does `write` after what was handed over before. If it throws, the run ends: its state on the disk
    /// would be behind what was reported.
    func perform(_ write: @escaping @Sendable () throws -> Void) { queue.post(.other(write)) }

    /// Whether something could not be written, so that nothing more is.
    var hasFailed: Bool { failure.reason.withLock { $0 != nil } }

    /// Waits until everything is written.
    func close() throws(RunFailure) {
        queue.close()
        if let reason = failure.reason.withLock({ $0 }) { throw RunFailure(reason: reason) }
    }
}
