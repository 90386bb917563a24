import Glibc

/// Decides when a worker that isn't let in stops trying: what the coordinator refuses once it refuses for
/// ever, and libzmq would try for ever or not at all, without a word.
package struct HandshakeTries: Sendable {
    /// Handshakes that may be broken off before it counts as an answer. A coordinator that takes us
    /// for another's worker says nothing and hangs up, as one does that is ending at this moment.
    private static let maximumTries = 3

    /// How often in a row somebody may listen at the port and nobody at the meeting place: a coordinator
    /// opens the one soon after the other. libzmq's pauses between make about a second of it.
    private static let maximumMisses = 5

    private let encrypts: Bool
    /// Where the worker dials a meeting place: the address that its user gave.
    private let address: EndpointAddress?
    private var brokenOff = 0
    private var missed = 0
    private var hasConnected = false

    /// - Parameter met: the address whose coordinator is met at a meeting place.
    package init(_ security: SecuritySettings, meeting met: String? = nil) {
        if case .client = security { encrypts = true } else { encrypts = false }
        address = met.flatMap { try? EndpointAddress($0) }
    }

    /// Why there is no use in going on after `event`, if so, with what to do.
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
            // A token that was right once stays so: whoever hangs up now may be a proxy without its end.
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
    /// Whether it would be the same the next time.
    fileprivate var isFinal: Bool {
        switch self {
        case .refused(let status): status != 300
        case .protocolViolation(let code): AccessRefusal(protocolError: code) == .otherMechanism
        case .closed: false
        }
    }

    /// Whether the other end hung up, or gave an answer that another key would have made. A coordinator that
    /// is stopped or overloaded leaves the handshake to time out instead.
    fileprivate var isBrokenOff: Bool {
        switch self {
        case .closed(let code): code == EPIPE || code == ECONNRESET
        case .protocolViolation(let code): AccessRefusal(protocolError: code) == .otherServerKey
        case .refused: false
        }
    }
}
