import TrainingProtocol
import WireMessages

/// What reaches the coordinator's loop from other threads.
enum CoordinatorMail: Sendable {
    case prepared
    case head(HeadReport)
    case stopRequested
    case reportRequested
    case content(ContentReport)
    /// What was handed over last for writing is on the disk.
    case filesWritten
    case failed(reason: String)
    case decoded([DecodedPicture])
    /// The coordinator's own answer to a lease.
    case decided(LeaseResult)
    case workerProcessEnded(slot: Int, ProcessEnd, lastLines: [String])
    case workerProcessLine(slot: Int, String)
}
