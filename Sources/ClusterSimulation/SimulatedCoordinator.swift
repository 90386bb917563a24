import TrainingProtocol
import WireMessages

/// The coordinator's process: the real state machine, connections by number, and the head's thread.
struct SimulatedCoordinator {
    var machine: CoordinatorMachine
    var head: FakeHead
    /// Counts the coordinator processes.
    let generation: Int
    /// The head's thread does one thing after the other.
    var headIsBusyUntil: SimulatedTime = 0
    var headBusy: SimulatedTime = 0
    /// Snapshots that have been taken but not passed to the disk.
    var snapshots: [SimulatedCheckpoint] = []
    var published: HeadWeights?
    var openLeases = OpenLeases()
    /// The most slots of all workers that were joined at the same time, including those that it believes
    /// alive.
    var mostSlots = 0

    private var peerOfConnection: [Int: Peer] = [:]
    private(set) var connectionOfPeer: [Peer: Int] = [:]
    private var lastPeer = 0

    init(machine: CoordinatorMachine, head: FakeHead, generation: Int) {
        self.machine = machine
        self.head = head
        self.generation = generation
    }

    /// The machine's number for a connection; a new one if it has none or was forgotten.
    mutating func peer(of connection: Int) -> Peer {
        if let known = peerOfConnection[connection] { return known }
        lastPeer += 1
        peerOfConnection[connection] = lastPeer
        connectionOfPeer[lastPeer] = connection
        return lastPeer
    }

    mutating func forget(connection: Int) -> Peer? {
        guard let peer = peerOfConnection.removeValue(forKey: connection) else { return nil }
        connectionOfPeer[peer] = nil
        return peer
    }

    mutating func forget(peer: Peer) -> Int? {
        guard let connection = connectionOfPeer.removeValue(forKey: peer) else { return nil }
        peerOfConnection[connection] = nil
        return connection
    }
}

/// The leases that were sent to any worker and not answered, for comparison with the lease table.
struct OpenLeases {
    private var open: Set<LeaseID> = []
    private(set) var latest: LeaseID?

    var count: Int { open.count }

    mutating func sent(_ id: LeaseID) {
        open.insert(id)
        latest = id
    }

    mutating func answered(_ result: LeaseResult) {
        if case .failed = result.outcome { return }
        open.remove(result.id)
    }
}
