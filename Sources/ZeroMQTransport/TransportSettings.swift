import WireMessages

/// The settings of sockets, including every bound of the transport.
package struct TransportSettings: Sendable {
    /// How often an idle connection is tested. libzmq's own thread answers, so a busy program passes; a
    /// stopped one or a dead network doesn't.
    package var heartbeatInterval = Duration.milliseconds(500)
    /// After this much silence the other end is considered gone.
    package var heartbeatTimeout = Duration.seconds(3)
    /// The time that the other end has for its handshake. With keys it takes three and a half round trips, so
    /// each may take 570 ms.
    package var handshakeTimeout = Duration.seconds(2)
    /// The time to wait for a TCP connection.
    package var connectTimeout = Duration.seconds(2)
    /// The pause before a new attempt to connect; it doubles up to the maximum. Short enough that a restarted
    /// coordinator has its workers back within a second.
    package var reconnectInterval = Duration.milliseconds(50)
    package var maximumReconnectInterval = Duration.milliseconds(500)
    /// How long a closed socket tries to send what it holds.
    package var linger = Duration.seconds(1)
    /// Segments that libzmq holds per peer and direction; with `segmentBytes` 1 MiB, which the slowest
    /// permitted connection takes within `stuckTimeout`.
    package var highWaterMark = 8
    /// Bytes of tensors in one segment, into which larger messages are cut. A segment that took longer than
    /// `heartbeatTimeout` would end the connection, so a connection needs at least 43 KB/s.
    package var segmentBytes = 128 * 1024
    /// Larger frames close the connection before they are read.
    package var maximumFrameBytes = 1024 * 1024
    /// Bytes that may wait for each peer besides libzmq's own queue. A message is always accepted if nothing
    /// waits.
    package var maximumQueuedBytes = 64 * 1024 * 1024
    /// Bytes that may wait for all peers together; data that waits for several, such as weights, counts once.
    /// Beyond it, the peer with the most waiting is ended.
    package var maximumQueuedBytesOfAll = 256 * 1024 * 1024
    /// Segments, small or large, that may wait for each peer.
    package var maximumQueuedSegments = 4096
    /// A peer for which something waits and that has taken nothing for this long is ended.
    package var stuckTimeout = Duration.seconds(30)
    /// Connections that may wait to be accepted.
    package var backlog = 256
    package var limits = WireLimits()
    /// What a peer may send before `RouterSocket.trust`; `nil` for the same as after it.
    package var strangerLimits: WireLimits?
    /// The coordinator ends a connection that brings no complete message for this long, whatever else it
    /// sends: a message with endless frames is invisible until it ends. Workers send something every second.
    package var silenceTimeout = Duration.seconds(30)
    /// How long a worker has to read why it is removed.
    package var expulsionDelay = Duration.milliseconds(300)
    package var security = SecuritySettings.plain

    package init() {}
}

extension Duration {
    /// Whole milliseconds, rounded up, as C libraries expect them.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        let milliseconds = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: milliseconds)
    }
}
