import WireMessages

/// How sockets behave; every bound of the transport has its name here.
package struct TransportSettings: Sendable {
    /// How often an idle connection is tested. libzmq's own thread answers, so a busy program passes and a
    /// stopped one, or a dead network, doesn't.
    package var heartbeatInterval = Duration.milliseconds(500)
    /// Silence after which the other end is taken for gone.
    package var heartbeatTimeout = Duration.seconds(3)
    /// Time that the other end has for its handshake. With keys it takes three and a half round trips, which
    /// may so be of 570 ms each.
    package var handshakeTimeout = Duration.seconds(2)
    /// Time to wait for a TCP connection.
    package var connectTimeout = Duration.seconds(2)
    /// Pause before a new attempt to connect; it doubles up to the maximum. Short enough that a restarted
    /// coordinator has its workers back within a second.
    package var reconnectInterval = Duration.milliseconds(50)
    package var maximumReconnectInterval = Duration.milliseconds(500)
    /// Time that a closed socket keeps trying to send what it holds.
    package var linger = Duration.seconds(1)
    /// Segments that libzmq holds for each peer and direction; with `segmentBytes`, 1 MiB, which the slowest
    /// line takes within `stuckTimeout`.
    package var highWaterMark = 8
    /// Bytes of tensors in one segment: what larger messages are cut into. One that is longer on its way than
    /// `heartbeatTimeout` would end the connection, so the slowest line has 43 KB/s.
    package var segmentBytes = 128 * 1024
    /// Frames above this close the connection before they are read.
    package var maximumFrameBytes = 1024 * 1024
    /// Bytes that wait for each peer beyond libzmq's own queue; a message that finds nothing waiting always
    /// may.
    package var maximumQueuedBytes = 64 * 1024 * 1024
    /// Bytes that wait for all peers together; what several wait for, as weights are, counts once. The peer
    /// for which most waits is ended for it.
    package var maximumQueuedBytesOfAll = 256 * 1024 * 1024
    /// Segments of small messages and large that wait for each peer.
    package var maximumQueuedSegments = 4096
    /// A peer for which something waits, and that has taken nothing for so long, is ended.
    package var stuckTimeout = Duration.seconds(30)
    /// Connections that may wait to be accepted.
    package var backlog = 256
    package var limits = WireLimits()
    /// What a peer may send before `RouterSocket.trust`; `nil`: as much as after it.
    package var strangerLimits: WireLimits?
    /// A connection that brings no whole message for so long is ended by the coordinator, whatever else it
    /// sends: a message of endlessly many frames shows to nobody before it ends. Workers speak every second.
    package var silenceTimeout = Duration.seconds(30)
    /// Time that a worker has to read why it is shown out.
    package var expulsionDelay = Duration.milliseconds(300)
    package var security = SecuritySettings.plain

    package init() {}
}

extension Duration {
    /// Whole milliseconds, rounded up, as C libraries want them.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        let milliseconds = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: milliseconds)
    }
}
