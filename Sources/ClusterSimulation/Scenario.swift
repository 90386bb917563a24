import ContentAddressing
import TrainingProtocol
import WireMessages

/// One simulated run and everything that will happen to it: a pure function of a seed.
struct Scenario: Sendable {
    /// A worker that the scenario has from `joins` on.
    struct WorkerTraits: Sendable {
        var joins: SimulatedTime
        var timePerPicture: SimulatedTime
        var preparation: SimulatedTime
        var timerInterval: SimulatedTime
        var slots: Int
        var misconduct: Misconduct?
        /// Its self-test has another digest, though its answers are the others'.
        var hasOtherArithmetic = false
        /// The coordinator's own process, which has nothing to prove.
        var isOwn = false
    }

    /// What a coordinator that comes back finds of the verdicts on pictures.
    enum Memory: Sendable { case kept, lost, changed }

    var seed: UInt64
    var configuration: CoordinatorConfiguration
    var unreadable: Set<ContentDigest>
    var workers: [WorkerTraits]
    var costs: Costs
    var network: NetworkFaults
    var faults: [(time: SimulatedTime, fault: Fault)]
    var memory = Memory.kept
    /// Happens in a phase that is rare and short: while an update waits for the end of a dispute, or a step
    /// for its sums or weights.
    var faultInPhase: (phase: String, fault: Fault)?
    /// Nothing goes wrong from here on.
    var calmFrom: SimulatedTime
    /// When the run must have ended.
    var bound: SimulatedTime
}

/// What work takes, beside the pictures.
struct Costs: Sendable {
    var gradient: SimulatedTime
    /// The head's update, its sums or weights, and its snapshot for a checkpoint.
    var update: SimulatedTime
    var sums: SimulatedTime
    var snapshot: SimulatedTime
    /// From the beginning of a checkpoint's writing until it is safe.
    var write: SimulatedTime
}

/// What the network does to every message until calm comes.
struct NetworkFaults: Sendable {
    var loss: Double
    var repeats: Double
    var delay: ClosedRange<SimulatedTime>
    /// Messages overtake each other.
    var reorders: Bool
    /// Ends of connections are noticed by nobody.
    var hidesDisconnections: Bool
    /// Answers of another run arrive now and then.
    var strays: Bool
    /// How often a lease fails at its first try, as when a picture can't be had.
    var failures: Double
}

/// One thing that goes wrong.
enum Fault: Sendable, Equatable {
    /// Messages to and from a worker wait until the end.
    case clog(worker: Int, lasts: SimulatedTime)
    /// Messages in these directions vanish until the end.
    case cut(worker: Int, up: Bool, down: Bool, lasts: SimulatedTime)
    /// A worker dies and a new one comes.
    case crashWorker(Int, down: SimulatedTime)
    /// A worker does nothing for a while, as a stopped process.
    case pauseWorker(Int, lasts: SimulatedTime)
    /// A connection ends and the same socket makes a new one.
    case reset(worker: Int)
    /// The coordinator dies; a checkpoint that is being written is lost, or torn.
    case crashCoordinator(down: SimulatedTime, tearsWrite: Bool)
    /// The coordinator is asked to stop, and resumed.
    case stopCoordinator(down: SimulatedTime)
    /// The coordinator's owner can't go on; the cause is mended and the run resumed.
    case failOwner(down: SimulatedTime)
    /// The coordinator's process stands still; what comes meanwhile waits.
    case stallCoordinator(lasts: SimulatedTime)
    /// The coordinator's clock (without a worker) or a worker's goes ahead at once.
    case jumpClock(worker: Int?, by: SimulatedTime)
    /// A worker sends what can't be understood, and its connection is ended.
    case breakProtocol(worker: Int)
    /// A worker is asked to leave, and another comes.
    case stopWorker(Int, down: SimulatedTime)
}
