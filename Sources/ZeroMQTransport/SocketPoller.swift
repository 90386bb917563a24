import Glibc

package protocol PolledSocket: AnyObject {
    /// Descriptors that become readable when libzmq has news.
    func descriptors() throws(TransportError) -> [Int32]
    /// Sends queued output as far as possible; returns whether there is something to read from the socket.
    func prepareToWait() throws(TransportError) -> Bool
}

/// Waits for sockets and signals, on the sockets' thread.
package final class SocketPoller {
    private let wakeup: Wakeup

    package init(wakeup: Wakeup) { self.wakeup = wakeup }

    /// Waits until one of `sockets` has a message, an event or a disconnection, `wakeup` is signalled, or the
    /// time is over; meanwhile it sends queued output. Returns whether anything happened.
    ///
    /// libzmq's descriptors signal only once that its own thread has news. So each round takes the news
    /// before it checks the sockets, and sleeps only if there was nothing. New room for output wakes it as
    /// well, so it never spins.
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
