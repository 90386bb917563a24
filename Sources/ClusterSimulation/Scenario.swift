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
        /// What is wrong with its first process; those that follow are sound.
        var defect: Defect?
    }

    /// A worker that takes part and is of no use.
    enum Defect: Sendable, Equatable {
        /// Every other answer has other bytes than it should, and nothing tells.
        case corrupts
        /// It can't extract anything, as with a full disk.
        case fails
    }

    var seed: UInt64
    var configuration: CoordinatorConfiguration
    var unreadable: Set<ContentDigest>
    var workers: [WorkerTraits]
    var costs: Costs
    var network: NetworkFaults
    var faults: [(time: SimulatedTime, fault: Fault)]
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
}
