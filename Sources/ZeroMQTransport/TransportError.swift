import CZeroMQ
import Glibc

/// An error of the sockets; the description says what to do about it.
package enum TransportError: Error, Equatable, CustomStringConvertible {
    case addressInUse(endpoint: String)
    case addressNotAvailable(endpoint: String)
    case invalidEndpoint(endpoint: String)
    /// Neither a name that has an address nor an interface.
    case unknownHost(name: String)
    /// The check at startup can't reach the address.
    case uncheckable(endpoint: String)
    case permissionDenied(endpoint: String)
    /// No file descriptor or socket is left.
    case tooManySockets
    /// The message is larger than both ends allow.
    case messageTooLarge(bytes: Int, limit: Int)
    /// The check at startup found that an address admits strangers.
    case unprotected(endpoint: String, reason: String)
    /// This user's processes can't connect to each other on this machine.
    case noMeetingPlace(path: String, reason: String)
    /// The process's messaging has ended.
    case contextTerminated
    case failed(operation: String, code: Int32)

    package var description: String {
        switch self {
        case .addressInUse(let endpoint):
            "\(Self.port(of: endpoint)) is in use; stop the program that has it, or listen on another port"
        case .addressNotAvailable(let endpoint):
            "\(endpoint) is not an address of this machine; listen on one that is, or on tcp://*:PORT"
        case .invalidEndpoint(let endpoint):
            "\"\(endpoint)\" is not an address to use; write it as tcp://HOST:PORT"
        case .unknownHost(let name):
            "\(name) is neither a name with an address nor an interface of this machine; listen on an address "
                + "of numbers, or on tcp://*:PORT"
        case .uncheckable(let endpoint):
            "nothing answers at \(endpoint), so that it can't be tested whether strangers are refused; bring "
                + "the loopback interface up (ip link set lo up), and let it through the firewall"
        case .permissionDenied(let endpoint):
            "\(Self.port(of: endpoint)) may not be used by this user; choose a port from 1024 up"
        case .tooManySockets:
            "the process has too many open files and sockets; raise the limit (ulimit -n)"
        case .messageTooLarge(let bytes, let limit):
            "a message of \(bytes) bytes is over the limit of \(limit); train with fewer hidden units"
        case .unprotected(let endpoint, let reason):
            "\(endpoint) is not protected: \(reason); install a libzmq with CURVE (libsodium), "
                + "or listen on 127.0.0.1"
        case .noMeetingPlace(let path, let reason):
            "\(path) can't be where this user's processes meet: \(reason); make its folder this user's, mode 0700"
        case .contextTerminated: "messaging has ended; no socket can be used any more"
        case .failed(let operation, let code):
            "\(operation) failed: \(String(cString: zmq_strerror(code))); this is unexpected, please report it"
        }
    }

    private static func port(of endpoint: String) -> String {
        guard let colon = endpoint.lastIndex(of: ":"),
            let port = UInt16(endpoint[endpoint.index(after: colon)...])
        else { return endpoint }
        return "port \(port)"
    }
}

/// Calls libzmq, repeats calls that a signal interrupted, and maps failures to typed errors; returns `nil` if
/// the call would block.
@discardableResult
func check(
    _ operation: String, endpoint: String = "", _ body: () -> Int32
) throws(TransportError) -> Int32? {
    while true {
        let result = body()
        if result >= 0 { return result }
        switch zmq_errno() {
        case EINTR: continue
        case EAGAIN: return nil
        case EADDRINUSE: throw .addressInUse(endpoint: endpoint)
        case EADDRNOTAVAIL: throw .addressNotAvailable(endpoint: endpoint)
        // "No such device": neither a local interface nor an address.
        case ENODEV where !endpoint.isEmpty: throw .addressNotAvailable(endpoint: endpoint)
        case EINVAL where !endpoint.isEmpty, EPROTONOSUPPORT where !endpoint.isEmpty,
            ENOCOMPATPROTO where !endpoint.isEmpty:
            throw .invalidEndpoint(endpoint: endpoint)
        case EACCES: throw .permissionDenied(endpoint: endpoint)
        case EMFILE: throw .tooManySockets
        case ETERM: throw .contextTerminated
        case let code: throw .failed(operation: operation, code: code)
        }
    }
}
