import ClusterRuntime
import ContentAddressing
import Foundation
import Glibc
import WireMessages
import ZeroMQTransport

/// The doctor's checks of the connection to a coordinator. It does not join: its hello names a protocol
/// version that doesn't exist, and the refusal names the coordinator's.
package struct ConnectionChecks {
    private let plan: WorkerPlan
    private static let patience = Duration.seconds(5)
    /// The time limit of the bandwidth test, enough to measure a slow connection.
    private static let measuring = Duration.seconds(2)

    package init(_ plan: WorkerPlan) { self.plan = plan }

    /// Checks name, port, key, protocol, round trip and bandwidth, as far as it gets.
    package func all() -> [Check] {
        let (host, service): (String, String)
        do {
            let address = try EndpointAddress(plan.connectEndpoint)
            (host, service) = (String(address.hostName), String(address.port))
        } catch { return [failed("name", "\(error)")] }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, service, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0, let list else {
            return [
                .fail(
                    "name", "\(host): \(String(cString: gai_strerror(code)))",
                    "check its spelling, or give an address of numbers")
            ]
        }
        var addresses: [String] = []
        var (route, problem): (String?, Int32) = (nil, 0)
        var next: UnsafeMutablePointer<addrinfo>? = list
        // Each address in turn, as a worker does.
        while let info = next?.pointee {
            next = info.ai_next
            addresses.append(numeric(info.ai_addr, info.ai_addrlen))
            if route == nil { (route, problem) = connect(info) }
        }
        let name = Check.ok(
            "name", addresses == [host] ? host : "\(host) is \(addresses.joined(separator: ", "))")
        guard let route else {
            return [
                name,
                .fail(
                    "port", "\(plan.connectEndpoint): \(String(cString: strerror(problem)))",
                    "start the coordinator there, and let the port through the firewall"),
            ]
        }
        return [name, .ok("port", "\(service) is open, by way of \(route)")] + agreement()
    }

    /// This machine's own address towards the coordinator, or the system's error.
    private func connect(_ info: addrinfo) -> (route: String?, code: Int32) {
        let handle = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
        guard handle >= 0 else { return (nil, errno) }
        defer { close(handle) }
        // The send timeout limits connect() too.
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard Glibc.connect(handle, info.ai_addr, info.ai_addrlen) == 0 else {
            return (nil, errno == EINPROGRESS ? ETIMEDOUT : errno)
        }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { own in
                getsockname(handle, own, &length) == 0 ? (numeric(own, length), 0) : (nil, errno)
            }
        }
    }

    private func numeric(_ address: UnsafeMutablePointer<sockaddr>, _ length: socklen_t) -> String {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
            return "?"
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Performs the handshake, then sends a hello that the coordinator refuses.
    private func agreement() -> [Check] {
        do {
            var settings = TransportSettings.forWorker
            settings.security = plan.security
            let socket = try DealerSocket(settings: settings)
            try socket.connect(plan.dialledEndpoint)
            let poller = SocketPoller(wakeup: try Wakeup())
            let clock = ContinuousClock()
            let deadline = clock.now + Self.patience
            var tries = plan.handshakeTries
            var key: Check?
            var greeted = clock.now
            while clock.now < deadline {
                _ = try poller.wait(for: [socket], timeout: .milliseconds(50))
                while let event = try socket.nextEvent() {
                    if let reason = tries.lastWord(on: event) { return [failed("key", reason)] }
                    if case .handshakeFailed = event { key = failed("key", "\(event)") }
                    guard case .connected = event else { continue }
                    key = .ok("key", plan.admission)
                    greeted = clock.now
                    _ = try socket.send(WorkerMessage.hello(Self.greeting).encoded())
                }
                while let received = try socket.receive() {
                    let message = try CoordinatorMessage(
                        frames: try received.get(), limits: settings.limits)
                    guard let key, case .refused(let reason) = message else { continue }
                    let milliseconds = (clock.now - greeted).inSeconds * 1000
                    return [
                        key, spoken(reason), .ok("round trip", String(format: "%.1f ms", milliseconds)),
                        try bandwidth(socket, poller, settings.limits),
                    ]
                }
            }
            if let key, key.verdict == .fail { return [key] }
            return [key, failed("protocol", "no answer in 5 s; see the coordinator's log")].compactMap { $0 }
        } catch { return [failed("key", "\(error)")] }
    }

    /// Measures how fast the coordinator's yardstick arrives, with several pieces in flight at all times.
    private func bandwidth(
        _ socket: DealerSocket, _ poller: SocketPoller, _ limits: WireLimits
    ) throws -> Check {
        let clock = ContinuousClock()
        let began = clock.now
        var (asked, there) = (0, 0)
        while there < Yardstick.byteCount, clock.now - began < Self.measuring {
            while asked < Yardstick.byteCount, asked - there < ContentClient.windowBytes {
                let request = ContentRequest(
                    digest: Yardstick.digest, offset: asked, length: ContentClient.pieceBytes)
                _ = try socket.send(WorkerMessage.contentRequest(request).encoded())
                asked += request.length
            }
            _ = try poller.wait(for: [socket], timeout: .milliseconds(50))
            while let received = try socket.receive() {
                let message = try CoordinatorMessage(frames: try received.get(), limits: limits)
                if case .contentPiece(let piece) = message { there += piece.bytes.count }
            }
        }
        guard there > 0 else {
            return .warn(
                "bandwidth", "not \(ContentClient.pieceBytes >> 10) KiB in \(Self.measuring)",
                "find out what else uses the network, or keeps the coordinator busy")
        }
        let megabits = Double(there) * 8e-6 / (clock.now - began).inSeconds
        return .ok("bandwidth", String(format: "%.0f Mbit/s from the coordinator", megabits))
    }

    /// Protocol version 0 was never in use.
    private static let greeting = Hello(
        protocolVersion: 0, workerID: "doctor", host: "doctor", processID: 0, threads: 1, kernels: "none",
        arithmetic: ContentDigest(hashing: []))

    private func spoken(_ reason: String) -> Check {
        let theirs = reason.firstMatch(of: /this coordinator (\d+)/).flatMap { UInt32($0.1) }
        guard theirs == protocolVersion else {
            return .fail(
                "protocol", "\(theirs.map(String.init) ?? "unknown") there, \(protocolVersion) here",
                "install the same version of headstart on both")
        }
        return .ok("protocol", "\(protocolVersion) at both ends")
    }

    private func failed(_ name: String, _ error: String) -> Check {
        .fail(name, error: error, otherwise: "use the coordinator's token, RUN/token there")
    }
}
