import Logging
import Synchronization
import TrainingReports

/// Writes TensorBoard's files along with the run's other files. If they can't be written, the run goes on.
final class EventWriter: Sendable {
    private let events: Mutex<EventFiles?>
    private let files: RunFileWriter
    private let log: Logger

    init(_ events: sending EventFiles, files: RunFileWriter, log: Logger) {
        self.events = Mutex(events)
        self.files = files
        self.log = log
    }

    /// Adds an epoch after all files handed over before.
    func append(_ epoch: EpochEvents) {
        files.perform { [self] in
            events.withLock { events in
                do { try events?.append(epoch) } catch {
                    log.warning("going on without TensorBoard's files: \(error)")
                    events = nil
                }
            }
        }
    }
}
