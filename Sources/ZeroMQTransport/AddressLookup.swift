import Foundation
import Glibc
import Synchronization

/// One of the addresses that a host name resolves to.
package struct HostAddress: Hashable, Sendable {
    /// Numeric, in brackets if it is IPv6.
    package let host: String
    /// Whether the address can only be this machine.
    package let isLoopback: Bool

    /// Parses a numeric address without brackets; `nil` if it isn't one.
    init?(_ numbers: String) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(numbers, nil, &hints, &list) == 0, let list else { return nil }
        defer { freeaddrinfo(list) }
        self.init(list.pointee.ai_addr, list.pointee.ai_addrlen)
    }

    init?(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        let numbers = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        host = numbers.contains(":") ? "[\(numbers)]" : numbers
        let mapped = numbers.lowercased().trimmingPrefix("::ffff:")
        isLoopback = numbers == "::1" || mapped.hasPrefix("127.") && mapped.contains(".")
    }
}

extension EndpointAddress {
    /// Hosts that stand for every address of this machine.
    private static let everywhere: Set<String> = ["*", "0.0.0.0", "[::]", "[::ffff:0.0.0.0]"]

    /// The host's current addresses, in the order in which the system would try them; empty if the name can't
    /// be resolved. Blocks for as long as name servers take.
    package func addresses() -> [HostAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(String(hostName), nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [HostAddress] = []
        var next = list
        while let info = next?.pointee {
            if let address = HostAddress(info.ai_addr, info.ai_addrlen), !found.contains(address) {
                found.append(address)
            }
            next = info.ai_next
        }
        return found
    }

    /// Whether the host is numeric, so that no name server is needed.
    var isNumeric: Bool {
        var (four, six) = (in_addr(), in6_addr())
        let name = hostName.prefix { $0 != "%" }
        return inet_pton(AF_INET, String(name), &four) == 1 || inet_pton(AF_INET6, String(name), &six) == 1
    }

    /// Whether the host can only be this machine: all its addresses are loopback addresses.
    package var isLoopback: Bool {
        let addresses = addresses()
        return !addresses.isEmpty && addresses.allSatisfy(\.isLoopback)
    }

    /// Whether a listener here can be reached by a loopback address, among others.
    package var includesLoopback: Bool {
        Self.everywhere.contains(String(host)) || addresses().contains(where: \.isLoopback)
    }

    /// Longer than loopback takes to answer.
    private static let answerMilliseconds: Int32 = 100

    /// Whether connections are accepted at any of the addresses; for loopback only, which answers at once.
    var isListening: Bool {
        addresses().contains { found in
            var hints = addrinfo()
            hints.ai_flags = AI_NUMERICHOST
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let host = String(found.host.trimming("[", "]"))
            guard getaddrinfo(host, String(port), &hints, &list) == 0, let list else { return false }
            defer { freeaddrinfo(list) }
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let handle = socket(list.pointee.ai_family, kind, 0)
            guard handle >= 0 else { return false }
            defer { close(handle) }
            if connect(handle, list.pointee.ai_addr, list.pointee.ai_addrlen) == 0 { return true }
            var wait = pollfd(fd: handle, events: Int16(POLLOUT), revents: 0)
            guard errno == EINPROGRESS, poll(&wait, 1, Self.answerMilliseconds) == 1 else { return false }
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(handle, SOL_SOCKET, SO_ERROR, &code, &size) == 0 && code == 0
        }
    }

    /// What to bind for this host, and the form to show to those who connect. libzmq itself takes numbers and
    /// interface names, and nobody else can connect to the latter.
    func hostsToBind() throws(TransportError) -> (hosts: [String], shown: String) {
        if Self.everywhere.contains(String(host)) || isNumeric { return ([String(host)], String(host)) }
        if let address = Self.address(ofInterface: String(hostName)) { return ([address], address) }
        let hosts = addresses().map(\.host)
        guard !hosts.isEmpty else { throw .unknownHost(name: String(hostName)) }
        return (hosts, String(host))
    }

    /// An interface's IPv4 address, or its first other address if it has none.
    private static func address(ofInterface name: String) -> String? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        var found: [String] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard String(cString: entry.ifa_name) == name, let address = entry.ifa_addr else { continue }
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                return HostAddress(address, socklen_t(MemoryLayout<sockaddr_in>.size))?.host
            case AF_INET6:
                if let six = HostAddress(address, socklen_t(MemoryLayout<sockaddr_in6>.size)) {
                    found.append(six.host)
                }
            default: break
            }
        }
        // A link-local address is only useful together with the name of one's own interface.
        return found.first { !$0.hasPrefix("[fe80:") } ?? found.first
    }
}

typealias Resolver = @Sendable (EndpointAddress) -> [HostAddress]

/// Resolves a host name on a separate thread, since name servers may be slow.
private final class AddressLookup: Sendable {
    private let found = Mutex<[HostAddress]?>(nil)

    init(_ address: EndpointAddress, _ resolve: @escaping Resolver) {
        let thread = Thread { [self] in
            let addresses = resolve(address)
            found.withLock { $0 = addresses }
        }
        thread.name = "name lookup"
        thread.start()
    }

    /// `nil` until they are known.
    var addresses: [HostAddress]? { found.withLock { $0 } }
}

/// Decides which address of a host to dial next: each in turn, resolved anew in every round, since they may
/// change. libzmq itself takes one of them and stays with it.
struct AddressRounds {
    enum Step: Equatable {
        case wait
        case dial(String)
        /// The name can't be resolved.
        case unknown
    }

    let address: EndpointAddress
    private let resolve: Resolver
    private var lookup: AddressLookup?
    private var left: [HostAddress] = []
    private var isDialling = false
    private var due: ContinuousClock.Instant?
    private static let pauseAfterUnknown = Duration.milliseconds(500)

    init(_ address: EndpointAddress, resolve: @escaping Resolver = { $0.addresses() }) {
        self.address = address
        self.resolve = resolve
    }

    mutating func next(at now: ContinuousClock.Instant) -> Step {
        guard !isDialling, due.map({ now >= $0 }) ?? true else { return .wait }
        if left.isEmpty {
            guard let lookup else {
                self.lookup = AddressLookup(address, resolve)
                return .wait
            }
            guard let found = lookup.addresses else { return .wait }
            self.lookup = nil
            left = found
            guard !left.isEmpty else {
                due = now + Self.pauseAfterUnknown
                return .unknown
            }
        }
        isDialling = true
        return .dial("tcp://\(left.removeFirst().host):\(address.port)")
    }

    /// The last attempt failed, or its connection has ended; `pause` is libzmq's, which varies.
    mutating func ended(at now: ContinuousClock.Instant, pause: Duration) {
        isDialling = false
        due = now + pause
    }
}
