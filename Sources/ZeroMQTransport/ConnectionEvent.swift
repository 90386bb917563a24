import CZeroMQ
import Glibc

/// An event of a worker's connection, with a description for people.
package enum ConnectionEvent: Sendable, Equatable, CustomStringConvertible {
    /// The other end speaks our protocol; messages can pass.
    case connected(endpoint: String)
    /// An attempt to connect failed; libzmq retries by itself.
    case unanswered(endpoint: String, retryMilliseconds: Int)
    /// The host name can't be resolved; it will be tried again.
    case unresolved(endpoint: String)
    /// A connection was made but the handshake failed.
    case handshakeFailed(endpoint: String, reason: HandshakeFailure)
    /// An established connection ended, closed by the other end or after silence; libzmq reconnects by
    /// itself.
    case disconnected(endpoint: String)

    package var description: String {
        switch self {
        case .connected(let endpoint): "connected to \(endpoint)"
        case .unanswered(let endpoint, let milliseconds):
            "nothing listens at \(endpoint); trying again in \(milliseconds) ms"
        case .unresolved(let endpoint): "the name in \(endpoint) has no address; check its spelling"
        case .handshakeFailed(let endpoint, let reason): "no agreement with \(endpoint): \(reason)"
        case .disconnected(let endpoint): "the connection to \(endpoint) ended"
        }
    }
}

package enum HandshakeFailure: Sendable, Equatable, CustomStringConvertible {
    /// The connection was closed, or nothing came in time; the system's error number.
    case closed(code: Int32)
    /// The other end doesn't speak ZMTP as expected; libzmq's code.
    case protocolViolation(code: Int32)
    /// The status of the other end's authentication: 300 is temporary, 400 a refusal, 500 an internal error.
    case refused(status: Int32)

    package var description: String {
        switch self {
        case .closed(let code):
            "it closed the connection or did not answer in time"
                + (code == 0 ? "" : " (\(String(cString: zmq_strerror(code))))")
                + "; check that a headstart coordinator listens there"
        case .protocolViolation(ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH):
            "one end encrypts and the other does not; use the coordinator's token, or none at both ends"
        case .protocolViolation(ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC):
            "the server's key is another; use the token that this coordinator printed"
        case .protocolViolation(let code):
            "it does not speak ZMTP (code 0x\(String(code, radix: 16))); "
                + "check that a headstart coordinator listens there"
        case .refused(300): "its authentication is not ready; try again"
        case .refused(400): "this worker's key is not admitted; use the coordinator's token, or have it added"
        case .refused(let status): "its authentication failed with status \(status)"
        }
    }
}

/// Translates libzmq's events of a connecting socket.
struct ConnectionHistory {
    static let events =
        ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
        | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED

    /// The events that a listening socket watches.
    static let serverEvents =
        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED

    private var isConnected = false
    /// libzmq announces a retry after every end of a connection, even if no attempt has failed yet.
    private var hasJustEnded = false

    mutating func translate(_ event: SocketMonitor.Event) -> ConnectionEvent? {
        switch event.kind {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            isConnected = true
            return .connected(endpoint: event.endpoint)
        case ZMQ_EVENT_DISCONNECTED:
            hasJustEnded = true
            guard isConnected else { return nil }  // The failed handshake was reported before.
            isConnected = false
            return .disconnected(endpoint: event.endpoint)
        case ZMQ_EVENT_CONNECT_RETRIED:
            guard !hasJustEnded else {
                hasJustEnded = false
                return nil
            }
            return .unanswered(endpoint: event.endpoint, retryMilliseconds: Int(event.value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return failed(event, .closed(code: event.value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: return failed(event, .protocolViolation(code: event.value))
        default: return failed(event, .refused(status: event.value))
        }
    }

    private mutating func failed(_ event: SocketMonitor.Event, _ reason: HandshakeFailure) -> ConnectionEvent
    {
        hasJustEnded = true
        return .handshakeFailed(endpoint: event.endpoint, reason: reason)
    }
}
