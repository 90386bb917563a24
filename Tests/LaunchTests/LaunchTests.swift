import ClusterTestSupport
import Foundation
import TestSupport
import Testing

@testable import ClusterHarness
@testable import ClusterRuntime
@testable import Launch

@Suite("Workers are launched over SSH", .serialized, .ending)
struct LaunchTests {
    @Test("a host file gives hosts with their user, port, workers, threads and program")
    func hostFile() throws {
        let text = """
            # the laboratory
            me@a.example:2222 workers=2 threads=4 program=/opt/headstart   # the big one
            b

            [fd00::7]:22
            me@[fe80::1%eth0]
            """
        var first = WorkerHost(destination: "me@a.example")
        (first.port, first.workers, first.threads, first.program) = (2222, 2, 4, "/opt/headstart")
        var third = WorkerHost(destination: "fd00::7")
        third.port = 22
        #expect(
            try HostFile(text: text, path: "hosts").hosts == [
                first, WorkerHost(destination: "b"), third, WorkerHost(destination: "me@fe80::1%eth0"),
            ])
    }

    @Test(
        "a line that can't be used is named with its number",
        arguments: [
            "a b", "a workers=0", "a workers=x", "a threads=9999", "a speed=3", "a:0", "a:99999",
            "-oProxyCommand=x",
            "me@-x", "a@b@c", "fd00::7", "a program=",
        ])
    func badLines(line: String) {
        let error = #expect(throws: HostFileError.self) {
            try HostFile(text: "# hosts\n\(line)\n", path: "hosts")
        }
        #expect(error?.description.hasPrefix("hosts, line 2: ") == true, "\(error?.description ?? "")")
    }

    @Test("a file without a host, and one that isn't there, are errors")
    func noHosts() {
        #expect(throws: HostFileError.empty(path: "hosts")) { try HostFile(text: "# none\n", path: "hosts") }
        #expect(throws: HostFileError.unreadable(path: "/nowhere")) { try HostFile(path: "/nowhere") }
    }

    @Test("SSH is asked for one command that its shell reads back as it was meant")
    func command() throws {
        var host = WorkerHost(destination: "me@b")
        (host.port, host.threads, host.program) = (2222, 2, "/opt/head start/it's")
        var plan = LaunchPlan(hosts: [host], join: WorkerPlan(connectEndpoint: "tcp://[fd00::1]:7733"))
        plan.workerOptions = ["--data", "$(reboot)"]
        let arguments = plan.arguments(for: host)
        #expect(arguments.contains("BatchMode=yes"))
        #expect(arguments.suffix(2).first == "me@b" && arguments.contains("2222"))
        let shell = Process()
        let pipe = Pipe()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", "printf '%s\\n' " + (try #require(arguments.last))]
        shell.standardOutput = pipe
        try shell.run()
        shell.waitUntilExit()
        let words = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(
            words.split(separator: "\n").map(String.init) == [
                "/opt/head start/it's", "worker", "--connect", "tcp://[fd00::1]:7733", "--leave-with-parent",
                "--threads", "2", "--data", "$(reboot)",
            ])
    }

    /// A program that takes SSH's place: it runs the command here, and fails for the host "dead".
    private func fakeSSH(_ folder: TemporaryFolder) throws -> String {
        let script = """
            #!/bin/bash
            while [[ $1 != -- ]]; do shift; done
            [[ $2 != dead ]] || { echo "error: host dead is down; start it" >&2; exit 255; }
            exec bash -c "$3"
            """
        let path = try folder.write("ssh", Array(script.utf8))
        chmod(path, 0o755)
        return path
    }

    private func hosts(_ run: LocalRun, _ lines: [String]) throws -> String {
        try run.folder.write("hosts", Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    private func launch(_ run: LocalRun, ssh: String, hosts: String, address: String) -> [String] {
        [
            "launch", "--hosts", hosts, "--connect", address, "--ssh", ssh, "--", "--cache",
            run.folder.path("remote"),
        ]
    }

    @Test("their lines come with the host's name, they train the same bytes, and all leave in order")
    func launched() throws {
        let run = try LocalRun(pictures: 4)
        let expected = try run.train(run: "calm", epochs: 1)
        let cluster = try LocalCluster(run.cluster(run: "launched", epochs: 1))
        let file = try hosts(
            run, ["one workers=2 threads=1 program=\(Program.path)", "two threads=1 program=\(Program.path)"])
        let launched = try Program.run(
            launch(run, ssh: fakeSSH(run.folder), hosts: file, address: cluster.address))
        #expect(launched.status == 0, "\(launched.errors)")
        #expect(launched.output.contains("all 3 workers left in order"))
        for name in ["one/1: ", "one/2: ", "two: "] {
            #expect(
                launched.errors.split(separator: "\n").contains {
                    $0.hasPrefix(name) && $0.contains("joined")
                })
        }
        #expect(cluster.coordinator.waitForEnd() == .exited(0))
        #expect(try cluster.modelDigest() == expected)
    }

    @Test("one that fails is named and makes the exit status 1, and the others work on")
    func oneFails() throws {
        let run = try LocalRun(pictures: 4)
        let cluster = try LocalCluster(run.cluster(run: "launched", epochs: 1))
        let file = try hosts(run, ["dead", "two program=\(Program.path)"])
        let launched = try Program.run(
            launch(run, ssh: fakeSSH(run.folder), hosts: file, address: cluster.address))
        #expect(launched.status == 1)
        #expect(launched.errorLines.first?.contains("dead: host dead is down") == true, "\(launched.errors)")
        #expect(cluster.coordinator.waitForEnd() == .exited(0))
    }

    @Test(
        "Ctrl-C lets them leave together, and a launcher that is killed takes them with it",
        arguments: [SIGINT, SIGKILL])
    func ended(signal: Int32) throws {
        let run = try LocalRun(pictures: 4)
        let cluster = try LocalCluster(run.cluster(run: "launched", epochs: 500))
        let file = try hosts(run, ["one workers=2 threads=1 program=\(Program.path)"])
        let launched = try Program.Running(
            launch(run, ssh: fakeSSH(run.folder), hosts: file, address: cluster.address))
        #expect(cluster.coordinator.waitForLine { $0.contains("worker 2 joined") } != nil)
        launched.send(signal: signal)
        let finished = launched.wait()
        #expect(finished.status == (signal == SIGINT ? 130 : 128 + SIGKILL), "\(finished.errors)")
        for number in 1...2 {
            #expect(
                cluster.coordinator.waitForLine {
                    $0.contains("worker \(number) (host ") && $0.contains(") is gone: ")
                }
                    != nil)
        }
    }

    @Test(
        "through a real sshd",
        .enabled(
            if: SSHServer.isInstalled && getuid() == 0, "openssh-server is not installed, or this isn't root")
    )
    func realServer() throws {
        let run = try LocalRun(pictures: 4)
        let server = try SSHServer()
        let expected = try run.train(run: "calm", epochs: 1)
        let cluster = try LocalCluster(run.cluster(run: "launched", epochs: 1))
        let file = try hosts(
            run, ["root@127.0.0.1:\(server.port) workers=2 threads=1 program=\(Program.path)"])
        let launched = try Program.run(launch(run, ssh: server.client, hosts: file, address: cluster.address))
        #expect(launched.status == 0, "\(launched.errors)\n\(server.log)")
        #expect(launched.errors.contains("root@127.0.0.1/2: "))
        #expect(cluster.coordinator.waitForEnd() == .exited(0))
        #expect(try cluster.modelDigest() == expected)
    }
}
