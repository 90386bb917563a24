import Glibc

/// Decides when a worker that isn't admitted stops trying. A coordinator that refuses a worker once always
/// refuses it, and libzmq would silently retry for ever or not at all.
package struct HandshakeTries: Sendable {
    /// How many broken-off handshakes count as a refusal. A coordinator that doesn't know our key hangs up
    /// without a message, and so does one that is just ending.
    private static let maximumTries = 3

    /// How often in a row something may listen at the port but not at the meeting place, since a coordinator
    /// opens the two shortly after each other. With libzmq's pauses this is about a second.
    private static let maximumMisses = 5

    private let encrypts: Bool
    /// The address that the user gave, if the worker dials a meeting place.
    private let address: EndpointAddress?
    private var brokenOff = 0
    private var missed = 0
    private var hasConnected = false

    /// - Parameter met: the address of the coordinator, if it is dialled at a meeting place.
    package init(_ security: SecuritySettings, meeting met: String? = nil) {
        if case .client = security { encrypts = true } else { encrypts = false }
        address = met.flatMap { try? EndpointAddress($0) }
    }

    /// Why it is useless to continue after `event`, and what to do; `nil` to continue.
    package mutating func lastWord(on event: ConnectionEvent) -> String? {
        switch event {
        case .connected:
            hasConnected = true
            return nil
        case .unanswered(let endpoint, _):
            guard let address, !hasConnected, endpoint.hasPrefix(MeetingPlace.scheme) else { return nil }
            missed = address.isListening ? missed + 1 : 0
            guard missed >= Self.maximumMisses else { return nil }
            return
                "what listens at port \(address.port) is no coordinator of this user; "
                + "give the coordinator's token, RUN/token there"
        case .disconnected, .unresolved: return nil
        case .handshakeFailed(let endpoint, let reason):
            if reason.isFinal { return event.description }
            // A token that was right once stays right; if the connection is closed now, it may be by a proxy
            // without a coordinator.
            guard encrypts, !hasConnected, reason.isBrokenOff else { return nil }
            brokenOff += 1
            guard brokenOff >= Self.maximumTries else { return nil }
            return
                "\(endpoint) broke off the handshake \(brokenOff) times: its key is another than the token's, "
                + "or it is no coordinator; use the token of the run that listens there"
        }
    }
}

extension HandshakeFailure {
    /// Whether the next attempt would fail in the same way.
    fileprivate var isFinal: Bool {
        switch self {
        case .refused(let status): status != 300
        case .protocolViolation(let code): AccessRefusal(protocolError: code) == .otherMechanism
        case .closed: false
        }
    }

    /// Whether the other end hung up, or gave an answer that another key would cause. A stopped or overloaded
    /// coordinator lets the handshake time out instead.
    fileprivate var isBrokenOff: Bool {
        switch self {
        case .closed(let code): code == EPIPE || code == ECONNRESET
        case .protocolViolation(let code): AccessRefusal(protocolError: code) == .otherServerKey
        case .refused: false
        }
    }
}
