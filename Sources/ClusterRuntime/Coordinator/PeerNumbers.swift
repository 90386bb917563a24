import TrainingProtocol
import ZeroMQTransport

/// Connections as the transport names them and as the state machine numbers them; a number is never used
/// again.
struct PeerNumbers {
    private var numbers: [PeerID: Peer] = [:]
    private var ids: [Peer: PeerID] = [:]
    private var last = 0

    /// The number of a connection, a new one at first sight.
    mutating func number(of id: PeerID) -> Peer {
        if let number = numbers[id] { return number }
        last += 1
        numbers[id] = last
        ids[last] = id
        return last
    }

    func known(_ id: PeerID) -> Peer? { numbers[id] }

    func id(of peer: Peer) -> PeerID? { ids[peer] }

    /// Nothing is sent to the peer any more; if it speaks again it is a new one.
    mutating func forget(_ peer: Peer) {
        if let id = ids.removeValue(forKey: peer) { numbers[id] = nil }
    }

    /// The connection is gone.
    mutating func remove(_ id: PeerID) -> Peer? {
        guard let number = numbers.removeValue(forKey: id) else { return nil }
        ids[number] = nil
        return number
    }
}
