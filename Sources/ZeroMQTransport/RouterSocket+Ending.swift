import Glibc

/// Why the coordinator ends a connection.
package enum EndingReason: Hashable, Sendable, CustomStringConvertible {
    /// More waits for it than may wait for one peer.
    case doesNotRead
    /// It has taken nothing of what waits for it for this long.
    case takesNothing(for: Duration)
    /// More waits for all peers than is allowed, and most of it for this one.
    case takesTooMuch
    /// It asks for more content than may wait for one peer.
    case asksTooMuch
    /// It has sent no complete message for this long.
    case saysNothing(for: Duration)
    /// Its key is no longer admitted.
    case revoked

    package var description: String {
        switch self {
        case .doesNotRead: "it does not read what it is sent"
        case .takesNothing(let time):
            "it has read nothing of what it is sent for \(time.components.seconds) s"
        case .takesTooMuch: "all that waits for workers is over the bound, and most of it waits for this one"
        case .asksTooMuch: "it asks for more content than it takes"
        case .saysNothing(let time): "no whole message came from it for \(time.components.seconds) s"
        case .revoked: "its key is not admitted any more"
        }
    }
}

extension RouterSocket {
    /// How often all connections are checked; there may be a thousand.
    private static let checkInterval = Duration.milliseconds(100)

    /// Ends connections that are silent or take nothing, and those of peers whose key was revoked; at most
    /// once per `checkInterval`.
    func checkConnections() throws(TransportError) {
        let now = ContinuousClock.now
        guard now - lastCheck >= Self.checkInterval else { return }
        lastCheck = now
        for (descriptor, connection) in connections {
            let peer = connection.peer.flatMap { peers[$0] }
            let reason: EndingReason? =
                if let ending = connection.ending {
                    ending
                } else if let revoked = peer?.revoked, now - revoked >= settings.expulsionDelay {
                    .revoked
                } else if now - connection.lastWhole >= settings.silenceTimeout {
                    .saysNothing(for: settings.silenceTimeout)
                } else if let peer, peer.outgoing.first != nil,
                    now - peer.lastTaken >= settings.stuckTimeout
                {
                    .takesNothing(for: settings.stuckTimeout)
                } else {
                    nil
                }
            if let reason { try end(descriptor, because: reason) }
        }
    }

    /// Ends a peer's connection. What waits for it is dropped at once, nothing more is sent to it, and what
    /// it sends is ignored; `nextDisconnection` reports it when libzmq has closed the connection.
    package func end(_ id: PeerID, because reason: EndingReason) throws(TransportError) {
        guard let peer = peers[id], !peer.isEnding else { return }
        peer.isEnding = true
        dropOutput(of: peer)
        endings.append((id, reason))
        if connections[peer.descriptor]?.peer == id { try end(peer.descriptor, because: reason) }
    }

    /// Ends a connection by shutting down its descriptor, which libzmq handles as a failed connection; libzmq
    /// has no call to end a single connection of a socket.
    func end(_ descriptor: Int32, because reason: EndingReason) throws(TransportError) {
        if let id = connections[descriptor]?.peer, let peer = peers[id], !peer.isEnding {
            return try end(id, because: reason)
        }
        guard let meant = connections[descriptor]?.number else { return }
        let isNew = connections[descriptor]?.ending == nil
        connections[descriptor]?.ending = reason
        // The number may by now belong to another connection or to any file. libzmq reports an end to the
        // monitor before it closes the descriptor. So if the descriptor is duplicated first and then no end
        // is reported, the duplicate is the intended connection, and stays so.
        let pinned = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        // There may be no descriptor left; the next check tries again.
        guard pinned >= 0 else { return }
        defer { close(pinned) }
        try readMonitor()
        guard connections[descriptor]?.number == meant else { return }
        if isNew, reason != .revoked { note(.ended(address: Self.address(of: pinned), reason: reason)) }
        if reason != .revoked {
            // Discards what the system still holds for it. A peer whose key was revoked may still read the
            // reason.
            var atOnce = linger(l_onoff: 1, l_linger: 0)
            setsockopt(pinned, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<linger>.size))
        }
        shutdown(pinned, Int32(SHUT_RDWR))
    }

    /// The other end's numeric address.
    private static func address(of descriptor: Int32) -> String {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getpeername(descriptor, address, &size) == 0
                    ? getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) : -1
            }
        }
        if Int32(storage.ss_family) == AF_UNIX { return "this machine" }
        guard status == 0 else { return "an unknown address" }
        let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // An IPv6 listening socket sees IPv4 addresses in this form.
        return String(address.trimmingPrefix("::ffff:"))
    }
}
