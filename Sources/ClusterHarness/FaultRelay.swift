import Foundation
import Glibc
import TrainingProtocol

/// The relay of a `FaultProxy`, driven one turn at a time. Confined to its thread.
struct FaultRelay {
    /// One direction of a connection, and the bytes in flight.
    private struct Flow {
        let from: Int32
        let to: Int32
        var queue: [(due: ContinuousClock.Instant, bytes: [UInt8])] = []
        var sent = 0
        var queuedBytes = 0
        var hasEnded = false
        /// The receiver was told that no more data follows.
        var isShut = false
    }

    private struct Link {
        let client: Int32
        let server: Int32
        var flows: [Flow]
        var isBroken = false
    }

    private let listener: Int32
    private let wakeup: Int32
    private let target: Int
    private var links: [Link] = []
    private var faults = FaultProxy.Faults()
    private var cuts = 0
    private let clock = ContinuousClock()
    /// Bytes that may be sent now in each direction, if the rate is limited.
    private var allowance = [0.0, 0.0]
    private var lastRefill: ContinuousClock.Instant

    /// The most bytes held per direction of a connection.
    private static let queueBytes = 1 << 20
    private static let readBytes = 64 << 10
    /// The allowance that can accumulate under a rate limit.
    private static let burstSeconds = 0.05
    private static let busyMilliseconds: Int32 = 2
    private static let idleMilliseconds: Int32 = 500

    init(listener: Int32, wakeup: Int32, target: Int) {
        self.listener = listener
        self.wakeup = wakeup
        self.target = target
        lastRefill = clock.now
    }

    /// Applies new faults; resets all connections if `cuts` has grown.
    mutating func apply(_ faults: FaultProxy.Faults, cuts: Int) {
        self.faults = faults
        guard cuts != self.cuts else { return }
        self.cuts = cuts
        for link in links { Self.reset(link) }
        links = []
    }

    /// Waits for events, handles them, and returns the number of bytes forwarded.
    mutating func turn() -> Int {
        refill()
        let now = clock.now
        var polls = [pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)]
        polls.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0))
        var isHeldBack = false
        for link in links {
            for (direction, flow) in link.flows.enumerated() {
                let reads = !flow.hasEnded && !faults.isStalled && flow.queuedBytes < Self.queueBytes
                let isDue = flow.queue.first.map { $0.due <= now } ?? false
                let writes = isDue && !faults.isStalled && mayRate(direction)
                isHeldBack = isHeldBack || !flow.queue.isEmpty && !writes && !faults.isStalled
                // poll() ignores a descriptor of -1.
                polls.append(pollfd(fd: reads ? flow.from : -1, events: Int16(POLLIN), revents: 0))
                polls.append(pollfd(fd: writes ? flow.to : -1, events: Int16(POLLOUT), revents: 0))
            }
        }
        let milliseconds = isHeldBack ? Self.busyMilliseconds : Self.idleMilliseconds
        guard poll(&polls, nfds_t(polls.count), milliseconds) > 0 else { return 0 }
        if polls[0].revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(wakeup, &bytes, bytes.count) == bytes.count {}
        }
        var carried = 0
        for place in links.indices {
            for direction in 0..<2 {
                let first = 2 + 4 * place + 2 * direction
                if polls[first].revents != 0 { receive(place, direction) }
                if polls[first + 1].revents != 0 { carried += forward(place, direction) }
            }
        }
        if polls[1].revents != 0 { accept() }
        removeEnded()
        return carried
    }

    mutating func close() {
        for link in links { Self.reset(link) }
        links = []
        Glibc.close(listener)
    }

    private func mayRate(_ direction: Int) -> Bool {
        faults.bytesPerSecond == nil || allowance[direction] >= 1
    }

    private mutating func refill() {
        let now = clock.now
        guard let rate = faults.bytesPerSecond.map(Double.init) else {
            lastRefill = now
            return
        }
        let seconds = (now - lastRefill).inSeconds
        lastRefill = now
        for direction in allowance.indices {
            allowance[direction] = min(
                allowance[direction] + rate * seconds, max(1, rate * Self.burstSeconds))
        }
    }

    private mutating func accept() {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        LoopbackSocket.makePrivate(client)
        guard !faults.refuses, let server = LoopbackSocket.connect(port: target) else {
            Self.reset(client)
            return
        }
        var one: Int32 = 1
        for handle in [client, server] {
            setsockopt(
                handle, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        links.append(
            Link(
                client: client, server: server,
                flows: [Flow(from: client, to: server), Flow(from: server, to: client)]))
    }

    private mutating func receive(_ place: Int, _ direction: Int) {
        var bytes = [UInt8](repeating: 0, count: Self.readBytes)
        let count = recv(links[place].flows[direction].from, &bytes, bytes.count, 0)
        if count > 0 {
            links[place].flows[direction].queue.append((clock.now + faults.delay, Array(bytes[..<count])))
            links[place].flows[direction].queuedBytes += count
        } else if count == 0 {
            links[place].flows[direction].hasEnded = true
        } else if errno != EAGAIN, errno != EINTR {
            links[place].isBroken = true
        }
    }

    private mutating func forward(_ place: Int, _ direction: Int) -> Int {
        guard let first = links[place].flows[direction].queue.first else { return 0 }
        let sent = links[place].flows[direction].sent
        var length = first.bytes.count - sent
        if faults.bytesPerSecond != nil { length = min(length, Int(allowance[direction])) }
        guard length > 0 else { return 0 }
        let count = first.bytes[sent...].withUnsafeBytes {
            send(links[place].flows[direction].to, $0.baseAddress, length, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else {
            if errno != EAGAIN, errno != EINTR { links[place].isBroken = true }
            return 0
        }
        if faults.bytesPerSecond != nil { allowance[direction] -= Double(count) }
        links[place].flows[direction].queuedBytes -= count
        if sent + count == first.bytes.count {
            links[place].flows[direction].queue.removeFirst()
            links[place].flows[direction].sent = 0
        } else {
            links[place].flows[direction].sent = sent + count
        }
        return count
    }

    private mutating func removeEnded() {
        for place in links.indices {
            for direction in 0..<2 {
                let flow = links[place].flows[direction]
                guard flow.hasEnded, flow.queue.isEmpty, !flow.isShut else { continue }
                shutdown(flow.to, Int32(SHUT_WR))
                links[place].flows[direction].isShut = true
            }
        }
        links.removeAll { link in
            if link.isBroken {
                Self.reset(link)
                return true
            }
            guard link.flows.allSatisfy(\.isShut) else { return false }
            Glibc.close(link.client)
            Glibc.close(link.server)
            return true
        }
    }

    private static func reset(_ link: Link) {
        reset(link.client)
        reset(link.server)
    }

    /// Closes a socket so that the other end gets a reset, as after a network crash.
    private static func reset(_ handle: Int32) {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(handle, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        Glibc.close(handle)
    }
}
