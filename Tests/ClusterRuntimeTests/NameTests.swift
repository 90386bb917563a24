import Foundation
import Glibc
import TestSupport
import Testing

/// Addresses given by name, in a network and with a hosts file that are the test's own.
@Suite("By name", .serialized, .ending)
struct NameTests {
    /// Whether this process may make a network of its own, with an interface and IPv6.
    private static let canBeHad =
        geteuid() == 0
        && (try? bash("ip link add eth9 type veth peer name eth8 && ip -6 address add fe80::9/64 dev eth9"))
            == 0

    /// What every script begins with: this machine's addresses, and names that stand for them and others.
    private static let network = """
        ip link set lo up
        ip link add eth9 type veth peer name eth8
        ip link set eth9 up
        ip link set eth8 up
        ip address add 10.77.9.1/24 dev eth9
        ip -6 address add fd00:77::1/64 dev eth9 nodad
        ip -6 address add fe80::9/64 dev eth9 nodad
        cat >hosts <<END
        127.0.0.1 localhost
        127.0.1.1 here
        fd00:77::1 both
        10.77.9.1 both
        10.77.9.1 four
        END
        mount --bind hosts /etc/hosts
        coordinate() {
            "$PROGRAM" coordinator data/train --weights random:7 --epochs 1 --cache cache --out "$1" --listen "$2" \
                2>log &
            for _ in {1..300}; do
                grep -q 'listening at' log && return
                kill -0 $! 2>/dev/null || return 0
                sleep 0.05
            done
        }
        """

    @Test(
        "a worker finds a coordinator behind each of a name's addresses, and a coordinator listens by any name",
        .enabled(if: canBeHad, "takes root and iproute2, for a network with IPv6"),
        arguments: [
            ("tcp://10.77.9.1:7001", "tcp://both:7001", true),
            ("tcp://[fd00:77::1]:7002", "tcp://both:7002", true),
            ("tcp://four:7003", "tcp://four:7003", true),
            ("tcp://both:7004", "tcp://[fd00:77::1]:7004", true),
            ("tcp://here:7005", "tcp://here:7005", false),
            ("tcp://localhost:7006", "tcp://127.0.0.1:7006", false),
            ("tcp://eth9:7007", "tcp://10.77.9.1:7007", true),
            ("tcp://[fe80::9%eth9]:7008", "tcp://[fe80::9%eth9]:7008", true),
            ("tcp://*:7009", "tcp://both:7009", true),
        ])
    func names(listen: String, connect: String, needsToken: Bool) throws {
        let folder = try TemporaryFolder()
        try Program.run(["sample", folder.path("data"), "--pictures", "4"])
        let token = needsToken ? "--token-file run/token" : ""
        let status = try Self.bash(
            """
            \(Self.network)
            coordinate run '\(listen)'
            "$PROGRAM" worker --connect '\(connect)' \(token) --connect-timeout 20 --cache cache 2>worker
            """, in: folder)
        let (log, worker) = (try text("log", in: folder), try text("worker", in: folder))
        #expect(status == 0, "\(log)\(worker)")
        if !listen.contains("*") {
            let advised = listen.replacing("eth9:7007", with: "10.77.9.1:7007")
            #expect(log.contains("headstart worker --connect \(advised)"), "\(log)")
        }
    }

    @Test(
        "where loopback is down, listening everywhere ends with that cause",
        .enabled(if: canBeHad, "takes root and iproute2, for a network with IPv6"))
    func noLoopback() throws {
        let folder = try TemporaryFolder()
        try Program.run(["sample", folder.path("data"), "--pictures", "4"])
        _ = try Self.bash(
            """
            \(Self.network)
            ip link set lo down
            coordinate run 'tcp://*:7010'
            """, in: folder)
        let log = try text("log", in: folder)
        #expect(log.contains("bring the loopback interface up") && !log.contains("libzmq"), "\(log)")
    }

    private func text(_ name: String, in folder: TemporaryFolder) throws -> String {
        try String(contentsOfFile: folder.path(name), encoding: .utf8)
    }

    /// A script's status, in a network that ends with it.
    private static func bash(_ script: String, in folder: TemporaryFolder? = nil) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = [
            "--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child", "/bin/bash", "-c", script,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["PROGRAM": Program.path]) { $1 }
        if let folder { process.currentDirectoryURL = URL(filePath: folder.path) }
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
