import TrainingProtocol
import WireMessages

/// Messages to the coordinator's loop from other threads.
enum CoordinatorMail: Sendable {
    case prepared
    case head(HeadReport)
    case stopRequested
    case reportRequested
    case content(ContentReport)
    /// All files handed over for writing are on the disk.
    case filesWritten
    case failed(reason: String)
    case decoded([DecodedPicture])
    /// The coordinator's own answer to a lease.
    case decided(LeaseResult)
    case workerProcessEnded(slot: Int, ProcessEnd, lastLines: [String])
    case workerProcessLine(slot: Int, String)
}
