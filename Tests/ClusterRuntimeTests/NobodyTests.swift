import ClusterTestSupport
import Foundation
import Glibc
import TestSupport
import Testing
import ZeroMQTransport

@testable import ClusterRuntime

/// What another user of this machine gets of a run.
@Suite("As nobody, on the same machine", .serialized, .ending)
struct NobodyTests {
    private static let setpriv = [
        "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
    ]

    /// Whether this process may be another user, with the program that it takes.
    private static let canBeNobody =
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: setpriv[0])

    @Test(
        "no way to join, by loopback or elsewhere, and nothing to read of cache, keys and checkpoints",
        .enabled(if: canBeNobody, "takes root and setpriv, to be another user"))
    func nothing() throws {
        let run = try LocalRun(pictures: 12)
        // What protects the run must not be the folder above it.
        #expect(chmod(run.folder.path, 0o755) == 0)
        let expected = try run.train(run: "plain", epochs: 3, ["--workers", "1"])
        let home = try TemporaryFolder()
        #expect(chown(home.path, 65_534, 65_534) == 0)
        let port = try LocalRun.freePort()
        let coordinator = try Program.Running(
            run.arguments("coordinator", run: "run", epochs: 3, ["--listen", "tcp://127.0.0.1:\(port)"]))
        #expect(coordinator.wait { $0.contains("listening at") })

        let socket = MeetingPlace(port: UInt16(port)).path
        let ways: [(options: [String], status: Int32, says: String)] = [
            (["--connect", "tcp://127.0.0.1:\(port)"], 1, "is no coordinator of this user"),
            (["--connect", "tcp://localhost:\(port)"], 1, "is no coordinator of this user"),
            (["--connect", "tcp://127.0.0.1:\(port)", "--insecure"], 1, "one end encrypts"),
            (
                ["--connect", "tcp://127.0.0.1:\(port)", "--token-file", run.folder.path("run/token")], 1,
                "Permission denied"
            ),
            (["--connect", "ipc://\(socket)"], 1, "not this user's alone"),
        ]
        for way in ways {
            let started = Date()
            let finished = try asNobody(
                ["worker"] + way.options + ["--cache", home.path("cache"), "--connect-timeout", "20"])
            #expect(finished.status == way.status, "\(way.options) \(finished.errors)")
            #expect(finished.errors.contains(way.says), "\(way.options) \(finished.errors)")
            print(
                "nobody", way.options.prefix(3), String(format: "%.1f s", Date().timeIntervalSince(started)))
        }
        #expect(!coordinator.errors.contains("joined from host"))
        #expect(coordinator.wait(seconds: 5) { $0.contains("connection ended before it introduced itself") })

        let member = try Program.Running([
            "worker", "--connect", "tcp://127.0.0.1:\(port)", "--cache", run.folder.path("fetched"),
        ])
        #expect(coordinator.wait().status == 0, "\(coordinator.errors)")
        #expect(member.wait().status == 0)
        #expect(try run.model(of: "run") == expected)

        let shared = [
            "run/model.safetensors", "run/history.csv", "run/class_indices.json", "run/report.html",
        ]
        let secret = [
            "run/token", "run/server.key", "run/config.json", "run/checkpoints", "cache", "fetched/content",
            "/tmp/headstart-0",
        ]
        for name in shared + secret {
            let path = name.hasPrefix("/") ? name : run.folder.path(name)
            #expect(access(path, F_OK) == 0, "\(name)")
            #expect(reads(path) == shared.contains(name), "\(name)")
        }
    }

    @Test(
        "where another user was first to make the folder to meet in, train's workers come with the token",
        .enabled(if: canBeNobody, "takes root, to make a folder of another user's"))
    func squatted() throws {
        let run = try LocalRun()
        let expected = try run.train(run: "plain", ["--workers", "1"])
        let launcher = [
            "/usr/bin/unshare", "--mount", "/bin/sh", "-c",
            """
            mkdir -p /tmp/headstart-0 && mount -t tmpfs none /tmp/headstart-0 && chown 65534 /tmp/headstart-0 \
                && exec "$0" "$@"
            """,
        ]
        let finished = try Program.run(
            run.arguments(run: "run", ["--workers", "1", "--epochs", "2"]), launcher: launcher)
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.errors.contains("the folder is not this user's alone"), "\(finished.errors)")
        #expect(try run.model(of: "run") == expected)
    }

    private func asNobody(_ arguments: [String]) throws -> Program.Finished {
        try Program.run(arguments, environment: ["HOME": "/nonexistent"], launcher: Self.setpriv)
    }

    private func reads(_ path: String) -> Bool {
        let probe = Process()
        probe.executableURL = URL(filePath: Self.setpriv[0])
        probe.arguments = Self.setpriv.dropFirst() + ["/bin/sh", "-c", "ls \"$0\" && cat \"$0\"", path]
        (probe.standardOutput, probe.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        guard (try? probe.run()) != nil else { return false }
        probe.waitUntilExit()
        return probe.terminationStatus == 0
    }
}
