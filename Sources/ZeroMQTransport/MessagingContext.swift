import CZeroMQ
import Glibc
import Synchronization

/// The libzmq context of the process. There is only one, since a second one can crash the process when it
/// exits.
///
/// Any thread may use it. It must not be used after `fork` (start processes with `posix_spawn`), which is
/// asserted.
package final class MessagingContext: Sendable {
    package static let shared = MessagingContext()

    private struct State: ~Copyable, @unchecked Sendable {  // libzmq's contexts are safe on any thread.
        var handle: UnsafeMutableRawPointer?
        var openSockets = 0
    }

    private let state: Mutex<State>
    private let processID = getpid()

    private init() {
        state = Mutex(State(handle: zmq_ctx_new()))
    }

    /// Opens a raw socket, to be closed by `close`.
    func open(_ type: Int32) throws(TransportError) -> UnsafeMutableRawPointer {
        precondition(getpid() == processID, "a messaging context does not survive fork")
        // A C handle that leaves the lock as its only copy, for the caller's thread.
        nonisolated(unsafe) var socket: UnsafeMutableRawPointer?
        let failure: TransportError? = state.withLock { state in
            guard let handle = state.handle else { return .contextTerminated }
            socket = zmq_socket(handle, type)
            guard socket == nil else {
                state.openSockets += 1
                return nil
            }
            return zmq_errno() == EMFILE ? .tooManySockets : .failed(operation: "socket", code: zmq_errno())
        }
        guard let socket else { throw failure ?? .contextTerminated }
        return socket
    }

    func close(_ socket: UnsafeMutableRawPointer) {
        zmq_close(socket)
        state.withLock { $0.openSockets -= 1 }
    }

    /// Waits until everything that closed sockets still hold is sent, or their linger time is over; no socket
    /// can be opened afterwards. Does nothing while a socket is open, since it would wait for ever.
    ///
    /// A process that may end without sending the last messages of its sockets need not call it.
    package func terminate() {
        let handle: UnsafeMutableRawPointer? = state.withLock { state in
            guard state.openSockets == 0 else { return nil }
            // A C handle that is removed here, so only this call ends the context.
            nonisolated(unsafe) let handle = state.handle
            state.handle = nil
            return handle
        }
        guard let handle else { return }
        while zmq_ctx_term(handle) != 0, zmq_errno() == EINTR {}
    }
}
