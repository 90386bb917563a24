import Glibc
import Synchronization

/// Simulated hosts on this machine: a network namespace for each process of a test cluster, all on one
/// bridge. Packets that reach a host can be dropped, and the rate at which it sends limited. Needs root,
/// iproute2 and nftables.
///
/// They are removed with this value. For one thread.
package final class NetworkNamespaces {
    /// A host that the others reach at `address`.
    package struct Host: Sendable, Equatable {
        package let name: String
        package let address: String
        fileprivate let cable: String

        /// The command that runs a program on this host, under the command's own process ID.
        func command(_ program: String, _ arguments: [String]) -> (program: String, arguments: [String]) {
            (NetworkNamespaces.ipProgram, ["netns", "exec", name, program] + arguments)
        }
    }

    private var hosts: [Host] = []
    private let bridge: String
    private var faults = Faults()

    /// Faults of every host's network.
    package struct Faults: Sendable, Equatable {
        /// The percentage of incoming packets that are dropped.
        package var loss = 0
        /// The rate at which a host may send; `nil` for no limit.
        package var bytesPerSecond: Int?

        package init() {}
    }

    private static let hostsAtMost = 250

    /// Creates the bridge.
    package init() throws(NetworkNamespaceError) {
        bridge = "hs\(getpid())-\(Self.made.add(1, ordering: .relaxed).newValue)"
        try Self.ip("link", "add", bridge, "type", "bridge")
        try Self.ip("link", "set", bridge, "up")
    }

    deinit {
        for host in hosts {
            try? Self.ip("link", "delete", host.cable)
            try? Self.ip("netns", "delete", host.name)
        }
        try? Self.ip("link", "delete", bridge)
    }

    /// Adds a host, of at most 250.
    package func makeHost() throws(NetworkNamespaceError) -> Host {
        let number = hosts.count + 1
        guard number <= Self.hostsAtMost else {
            throw NetworkNamespaceError(command: "more than \(Self.hostsAtMost) hosts", output: "")
        }
        let name = "\(bridge)-\(number)"
        let host = Host(name: name, address: "10.77.0.\(number)", cable: "\(bridge)v\(number)")
        try Self.ip("netns", "add", name)
        hosts.append(host)
        try Self.ip("link", "add", host.cable, "type", "veth", "peer", "name", "eth0", "netns", name)
        try Self.ip("link", "set", host.cable, "master", bridge, "up")
        try Self.ip("-n", name, "address", "add", "\(host.address)/24", "dev", "eth0")
        for device in ["eth0", "lo"] { try Self.ip("-n", name, "link", "set", device, "up") }
        if faults != Faults() { try apply(faults, to: host) }
        return host
    }

    /// Changes the faults of all hosts, including those added later.
    package func set(_ change: (inout Faults) -> Void) throws(NetworkNamespaceError) {
        change(&faults)
        for host in hosts { try apply(faults, to: host) }
    }

    private func apply(_ faults: Faults, to host: Host) throws(NetworkNamespaceError) {
        var rules = "flush ruleset"
        if faults.loss > 0 {
            // A loss of 100% needs no random draw.
            let drawn = faults.loss >= 100 ? "" : "numgen random mod 100 < \(faults.loss) "
            rules += """
                ; table ip faults { chain input { type filter hook input priority 0; \
                iifname "eth0" \(drawn)drop; }; }
                """
        }
        try Self.ip("netns", "exec", host.name, "nft", rules)
        if let rate = faults.bytesPerSecond {
            try Self.ip(
                "netns", "exec", host.name, "tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate",
                "\(rate * 8)bit", "burst", "64kb", "latency", "400ms")
        } else {
            // Fails if there is no limit to delete, which is fine.
            try? Self.ip("netns", "exec", host.name, "tc", "qdisc", "delete", "dev", "eth0", "root")
        }
    }

    private static let ipProgram = "/sbin/ip"
    private static let made = Atomic(0)

    private static func ip(_ arguments: String...) throws(NetworkNamespaceError) {
        let command = (["ip"] + arguments).joined(separator: " ")
        guard let process = try? ClusterProcess(name: "ip", program: ipProgram, arguments: arguments) else {
            throw NetworkNamespaceError(command: command, output: "it can't be started")
        }
        guard process.waitForEnd(seconds: 10) == .exited(0) else {
            throw NetworkNamespaceError(command: command, output: process.lastLines)
        }
    }
}

package struct NetworkNamespaceError: Error, Equatable, CustomStringConvertible {
    let command: String
    let output: String

    package var description: String {
        "network namespaces can't be made (\(command): \(output)); they need root and the Debian packages "
            + "iproute2 and nftables; do without --namespaces otherwise"
    }
}
