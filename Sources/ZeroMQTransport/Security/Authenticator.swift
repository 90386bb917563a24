import CZeroMQ
import Foundation
import Synchronization
import WireMessages

/// Answers libzmq's requests for authentication (ZAP, ZeroMQ's RFC 27): one for the process's context, on a
/// thread of its own.
///
/// libzmq admits everybody if nobody answers. So a socket requests a domain before it binds, and gets one
/// only once the authenticator listens.
final class Authenticator: Sendable {
    static let shared = Authenticator()
    private static let endpoint = "inproc://zeromq.zap.01"

    private struct State {
        var isListening = false
        var domains: [String: AdmittedKeys] = [:]
        var lastDomain = 0
    }

    private let state = Mutex(State())

    private init() {}

    /// Creates a new domain in which `keys` may connect, until `remove` is called for it.
    func add(_ keys: AdmittedKeys, context: MessagingContext) throws(TransportError) -> String {
        let (domain, failure) = state.withLock { state -> (String, TransportError?) in
            if !state.isListening {
                if let failure = listen(context) { return ("", failure) }
                state.isListening = true
            }
            state.lastDomain += 1
            let domain = "headstart-\(state.lastDomain)"
            state.domains[domain] = keys
            return (domain, nil)
        }
        if let failure { throw failure }
        return domain
    }

    func remove(_ domain: String) { state.withLock { $0.domains[domain] = nil } }

    /// Starts the thread and waits until its socket is bound; returns the error if it can't be.
    private func listen(_ context: MessagingContext) -> TransportError? {
        let listening = Listening()
        let thread = Thread { [self] in
            do throws(TransportError) {
                let socket = try SocketHandle(ZMQ_REP, context: context)
                try socket.set(ZMQ_LINGER, 0)
                try check("listening", endpoint: Self.endpoint) { zmq_bind(socket.raw, Self.endpoint) }
                listening.begins(failure: nil)
                answer(socket)
            } catch {
                listening.begins(failure: error)
            }
        }
        thread.name = "authenticator"
        thread.start()
        return listening.wait()
    }

    /// Answers until messaging ends.
    private func answer(_ socket: SocketHandle) {
        do throws(TransportError) {
            while true {
                var item = zmq_pollitem_t(socket: socket.raw, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
                try check("waiting") { zmq_poll(&item, 1, -1) }
                guard let first = try socket.receiveFrame() else { continue }
                let frames = try socket.receiveRest(after: first, limit: ZAPRequest.frameLimit)
                try send(reply(to: ZAPRequest(frames ?? [])), on: socket)
            }
        } catch {
            // The context is gone, and with it every socket that could ask.
        }
    }

    /// The reply to a request; a malformed request is refused.
    func reply(to request: ZAPRequest?) -> [[UInt8]] {
        guard let request else { return ZAPRequest.reply(id: [], admitted: nil) }
        let keys = state.withLock { $0.domains[request.domain] }
        let isAdmitted = keys?.decide(request.identity, address: request.address) ?? false
        return ZAPRequest.reply(id: request.id, admitted: isAdmitted ? request.identity : nil)
    }

    private func send(_ frames: [[UInt8]], on socket: SocketHandle) throws(TransportError) {
        for (index, frame) in frames.enumerated() {
            let flags = index + 1 < frames.count ? ZMQ_SNDMORE : 0
            try check("answering") { zmq_send(socket.raw, frame, frame.count, flags) }
        }
    }
}

/// Passes the result of binding from the authenticator's thread to the waiting thread.
private final class Listening: Sendable {
    private let failure = Mutex<TransportError?>(nil)
    private let semaphore = DispatchSemaphore(value: 0)

    func begins(failure: TransportError?) {
        self.failure.withLock { $0 = failure }
        semaphore.signal()
    }

    func wait() -> TransportError? {
        semaphore.wait()
        return failure.withLock { $0 }
    }
}
