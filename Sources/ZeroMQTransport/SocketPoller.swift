import Glibc

/// A socket that `SocketPoller` can wait for.
package protocol PolledSocket: AnyObject {
    /// Becomes readable when libzmq has something to tell.
    func descriptors() throws(TransportError) -> [Int32]
    /// Sends what is queued as far as possible; whether there is something to take from the socket.
    func prepareToWait() throws(TransportError) -> Bool
}

/// Waits for sockets and signals on the sockets' thread.
package final class SocketPoller {
    private let wakeup: Wakeup

    package init(wakeup: Wakeup) { self.wakeup = wakeup }

    /// Waits until one of `sockets` has a message, an event or a disconnection, `wakeup` is signalled, or the
    /// time is over; queued output goes on meanwhile. Whether anything happened.
    ///
    /// libzmq's descriptors tell only that its own thread had news, once; so each round takes the news before
    /// it looks and sleeps only if there was nothing. News of room for output wake it as well, so nothing
    /// spins.
    package func wait(for sockets: [any PolledSocket], timeout: Duration) throws(TransportError) -> Bool {
        let deadline = ContinuousClock.now + timeout
        var polled = [pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)]
        for socket in sockets {
            for descriptor in try socket.descriptors() {
                polled.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
            }
        }
        while true {
            var isReady = wakeup.consume()
            for socket in sockets where try socket.prepareToWait() { isReady = true }
            if isReady { return true }
            let remaining = deadline - ContinuousClock.now
            guard remaining > .zero else { return false }
            guard poll(&polled, nfds_t(polled.count), remaining.milliseconds) >= 0 || errno == EINTR else {
                throw .failed(operation: "poll", code: errno)
            }
        }
    }
}
