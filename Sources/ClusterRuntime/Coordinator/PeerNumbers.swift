import TrainingProtocol
import ZeroMQTransport

/// Maps the transport's connections to the state machine's peer numbers; a number is never reused.
struct PeerNumbers {
    private var numbers: [PeerID: Peer] = [:]
    private var ids: [Peer: PeerID] = [:]
    private var last = 0

    /// The number of a connection; a new one if it has none.
    mutating func number(of id: PeerID) -> Peer {
        if let number = numbers[id] { return number }
        last += 1
        numbers[id] = last
        ids[last] = id
        return last
    }

    func known(_ id: PeerID) -> Peer? { numbers[id] }

    func id(of peer: Peer) -> PeerID? { ids[peer] }

    /// Sends nothing more to the peer; if it speaks again, it gets a new number.
    mutating func forget(_ peer: Peer) {
        if let id = ids.removeValue(forKey: peer) { numbers[id] = nil }
    }

    /// Removes a connection that is gone, and returns its number.
    mutating func remove(_ id: PeerID) -> Peer? {
        guard let number = numbers.removeValue(forKey: id) else { return nil }
        ids[number] = nil
        return number
    }
}
