import ContentAddressing
import TrainingProtocol
import WireMessages

/// One simulated run and everything that will happen to it: a pure function of a seed.
struct Scenario: Sendable {
    /// A worker that exists from `joins` on.
    struct WorkerTraits: Sendable {
        var joins: SimulatedTime
        var timePerPicture: SimulatedTime
        var preparation: SimulatedTime
        var timerInterval: SimulatedTime
        var slots: Int
        var misconduct: Misconduct?
        /// Whether its self-test has another digest, though its answers are the same as the others'.
        var hasOtherArithmetic = false
        /// Whether it is the coordinator's own process, which has nothing to prove.
        var isOwn = false
    }

    /// Which verdicts on pictures a restarted coordinator finds.
    enum Memory: Sendable { case kept, lost, changed }

    var seed: UInt64
    var configuration: CoordinatorConfiguration
    var unreadable: Set<ContentDigest>
    var workers: [WorkerTraits]
    var costs: Costs
    var network: NetworkFaults
    var faults: [(time: SimulatedTime, fault: Fault)]
    var memory = Memory.kept
    /// A fault that happens in a short and rare phase: while an update waits for the end of a dispute, or a
    /// step for its sums or weights.
    var faultInPhase: (phase: String, fault: Fault)?
    /// No faults happen from this time on.
    var calmFrom: SimulatedTime
    /// When the run must have ended.
    var bound: SimulatedTime
}

/// How long work takes, apart from the pictures.
struct Costs: Sendable {
    var gradient: SimulatedTime
    /// The head's update, its sums or weights, and its snapshot for a checkpoint.
    var update: SimulatedTime
    var sums: SimulatedTime
    var snapshot: SimulatedTime
    /// From the start of writing a checkpoint until it is safe.
    var write: SimulatedTime
}

/// What the network does to every message until the calm.
struct NetworkFaults: Sendable {
    var loss: Double
    var repeats: Double
    var delay: ClosedRange<SimulatedTime>
    /// Whether messages overtake each other.
    var reorders: Bool
    /// Whether nobody notices that a connection has ended.
    var hidesDisconnections: Bool
    /// Whether answers of another run arrive from time to time.
    var strays: Bool
    /// The probability that a lease fails at the first attempt, as if a picture were unavailable.
    var failures: Double
}

enum Fault: Sendable, Equatable {
    /// Messages to and from a worker wait until the end of the fault.
    case clog(worker: Int, lasts: SimulatedTime)
    /// Messages in these directions are lost until the end of the fault.
    case cut(worker: Int, up: Bool, down: Bool, lasts: SimulatedTime)
    /// A worker dies and a new one comes.
    case crashWorker(Int, down: SimulatedTime)
    /// A worker does nothing for a while, like a stopped process.
    case pauseWorker(Int, lasts: SimulatedTime)
    /// A connection ends and the same socket makes a new one.
    case reset(worker: Int)
    /// The coordinator dies; a checkpoint that is being written is lost or torn.
    case crashCoordinator(down: SimulatedTime, tearsWrite: Bool)
    /// The coordinator is asked to stop, and is resumed.
    case stopCoordinator(down: SimulatedTime)
    /// The coordinator's owner can't continue; the cause is fixed and the run is resumed.
    case failOwner(down: SimulatedTime)
    /// The coordinator's process stands still; what arrives meanwhile waits.
    case stallCoordinator(lasts: SimulatedTime)
    /// The clock of the coordinator (`worker` is `nil`) or of a worker jumps ahead.
    case jumpClock(worker: Int?, by: SimulatedTime)
    /// A worker sends something that can't be understood, and its connection is ended.
    case breakProtocol(worker: Int)
    /// A worker is asked to leave, and another comes.
    case stopWorker(Int, down: SimulatedTime)
}
