import ClusterTestSupport
import Foundation
import Logging
import TestSupport
import Testing
import ZeroMQTransport

@testable import ClusterRuntime

/// Who gets into a run and who doesn't, with real processes.
@Suite("Nobody uninvited gets in", .serialized, .ending)
struct AccessTests {
    @Test("each worker without the right key ends with the cause, at both ends, and the run goes its way")
    func refusals() throws {
        let run = try LocalRun()
        let expected = try run.train(run: "plain", ["--workers", "1"])
        let keys = try keyFolder(run, "keys", workers: ["stranger"])
        try FileManager.default.removeItem(atPath: keys + "/authorized_keys")
        let otherKeys = try keyFolder(run, "other")
        let address = try LocalRun.address()
        let coordinator = try Program.Running(
            run.arguments("coordinator", run: "guarded", ["--listen", address, "--keys", keys]))
        #expect(coordinator.wait { $0.contains("listening at") })

        let ways: [(options: [String], worker: String, coordinator: String)] = [
            (["--insecure"], "one end encrypts and the other does not", "one end encrypts"),
            (["--token-file", otherKeys + "/token"], "its key is another than the token's", "for another"),
            (["--token-file", keys + "/stranger.token"], "key is not admitted", "is not admitted"),
        ]
        for way in ways {
            let finished = try Program.run(worker(run, address, way.options))
            #expect(finished.status == 1)
            #expect(finished.errorLines.count == 1 && finished.errorLines[0].contains(way.worker))
            #expect(coordinator.wait(seconds: 2) { $0.contains(way.coordinator) }, "\(coordinator.errors)")
        }
        let member = try Program.Running(worker(run, address, ["--token-file", keys + "/token"]))
        let finished = coordinator.wait()
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(member.wait().status == 0)
        #expect(try run.model(of: "guarded") == expected)
        for name in ["server.key", "token", "stranger.token"] {
            let secret = try String(contentsOfFile: keys + "/" + name, encoding: .utf8).suffix(30).dropLast()
            #expect(!(finished.errors + finished.output).contains(secret))
        }
    }

    @Test("a worker whose line is removed from authorized_keys is shown out, and the others finish the run")
    func revocation() throws {
        let run = try LocalRun(pictures: 12)
        let expected = try run.train(run: "plain", epochs: 3, ["--workers", "1"])
        let keys = try keyFolder(run, "keys", workers: ["hosta"])
        let address = try LocalRun.address()
        let coordinator = try Program.Running(
            run.arguments("coordinator", run: "run", epochs: 3, ["--listen", address, "--keys", keys]))
        let first = try Program.Running(worker(run, address, ["--token-file", keys + "/hosta.token"]))
        #expect(coordinator.wait { $0.contains("worker 1 joined") })
        try Data("# nobody\n".utf8).write(to: URL(filePath: keys + "/authorized_keys"))
        let left = first.wait()
        #expect(left.status == 1)
        #expect(left.errorLines.count == 1 && left.errorLines[0].contains("is not admitted any more"))
        #expect(coordinator.errors.contains("its key was revoked"))
        let second = try Program.Running(worker(run, address, ["--token-file", keys + "/token"]))
        let finished = coordinator.wait()
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(second.wait().status == 0)
        #expect(try run.model(of: "run") == expected)
    }

    @Test(
        "a public address makes its keys in the run's folder, for the owner only, and keeps them on --resume")
    func ownKeys() throws {
        let run = try LocalRun(pictures: 12)
        let expected = try run.train(run: "plain", epochs: 3, ["--workers", "1"])
        let port = try LocalRun.freePort()
        let options = ["--listen", "tcp://0.0.0.0:\(port)", "--checkpoint-seconds", "1"]
        let coordinator = try Program.Running(run.arguments("coordinator", run: "run", epochs: 3, options))
        #expect(coordinator.wait { $0.contains("encrypted") && $0.contains("--token-file") })
        let token = run.folder.path("run/token")
        for name in ["token", "server.key"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: run.folder.path("run/" + name))
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
        let member = try Program.Running(
            worker(run, "tcp://127.0.0.1:\(port)", ["--token-file", token, "--threads", "1"]))
        #expect(coordinator.wait { $0.contains("epoch 1/3") })
        coordinator.send(signal: SIGKILL)
        _ = coordinator.wait()
        let resumed = try Program.run(
            ["coordinator", run.folder.path("data/train"), "--out", run.folder.path("run"), "--resume"]
                + options)
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(member.wait().status == 0)
        #expect(try run.model(of: "run") == expected)
        let config = try String(contentsOfFile: run.folder.path("run/config.json"), encoding: .utf8)
        #expect(!config.contains("headstart-token") && !config.contains("nsecure"))
    }

    @Test("--insecure is the one way to leave a public address open, and warns")
    func insecure() throws {
        let run = try LocalRun()
        let port = try LocalRun.freePort()
        let coordinator = try Program.Running(
            run.arguments("coordinator", run: "run", ["--listen", "tcp://0.0.0.0:\(port)", "--insecure"]))
        #expect(coordinator.wait { $0.contains("NOT PROTECTED") })
        #expect(!FileManager.default.fileExists(atPath: run.folder.path("run/token")))
        let worker = try Program.Running(worker(run, "tcp://127.0.0.1:\(port)", ["--insecure"]))
        #expect(coordinator.wait().status == 0)
        #expect(worker.wait().status == 0)
    }

    @Test(
        "a worker of the coordinator's user needs nothing but the port on loopback, however it is written",
        arguments: ["127.0.0.1", "localhost", "127.0.1.1"])
    func sameUser(host: String) throws {
        let run = try LocalRun()
        let expected = try run.train(run: "plain", ["--workers", "1"])
        let port = try LocalRun.freePort()
        // The worker may come first, and the coordinator may listen everywhere.
        let early = try Program.Running(worker(run, "tcp://\(host):\(port)", ["--threads", "1"]))
        let listen = host == "localhost" ? "localhost" : "*"
        let coordinator = try Program.Running(
            run.arguments("coordinator", run: "run", ["--listen", "tcp://\(listen):\(port)"]))
        let finished = coordinator.wait()
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(early.wait().status == 0, "\(early.errors)")
        #expect(try run.model(of: "run") == expected)
        let token = try FileManager.default.attributesOfItem(atPath: run.folder.path("run/token"))
        #expect(token[.posixPermissions] as? Int == 0o600)
    }

    @Test("train opens no port: its workers meet it at a socket of this user's")
    func noPort() throws {
        let run = try LocalRun()
        let training = try Program.Running(run.arguments(run: "run", ["--workers", "1"]))
        var ports: Set<String> = []
        var looks = 0
        let process = "/proc/\(training.processID)"
        while training.isRunning {
            usleep(20_000)
            // The process may end between two calls.
            guard let table = try? String(contentsOfFile: process + "/net/tcp", encoding: .utf8),
                let descriptors = try? FileManager.default.contentsOfDirectory(atPath: process + "/fd")
            else { continue }
            let sockets = descriptors.compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: process + "/fd/" + $0)
            }
            looks += 1
            for line in table.split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                if fields.count > 9, fields[3] == "0A", sockets.contains("socket:[\(fields[9])]") {
                    ports.insert(String(fields[1]))
                }
            }
        }
        #expect(looks > 10)
        #expect(training.wait().status == 0, "\(training.errors)")
        #expect(ports.isEmpty)
    }

    private func worker(_ run: LocalRun, _ address: String, _ more: [String]) -> [String] {
        ["worker", "--connect", address, "--cache", run.folder.path("cache")] + more
    }

    private func keyFolder(_ run: LocalRun, _ name: String, workers: [String] = []) throws -> String {
        let path = run.folder.path(name)
        let made = try Program.run(["keygen", path] + workers.flatMap { ["--worker", $0] })
        #expect(made.status == 0, "\(made.errors)")
        return path
    }
}

@Suite struct RefusalLogTests {
    @Test("each kind of refusal is said at once, a flood in a sum")
    func flood() {
        var log = RefusalLog()
        #expect(log.lines(at: .zero).isEmpty)
        log.note(.otherMechanism)
        #expect(log.lines(at: .seconds(1)).count == 1)
        log.note(.otherServerKey)
        log.note(.otherMechanism)
        #expect(log.lines(at: .seconds(2)) == ["\(AccessRefusal.otherServerKey)"])
        for index in 0..<1000 { log.note(.keyNotAdmitted(fingerprint: "\(index)", address: "a")) }
        #expect(log.lines(at: .seconds(3)).count == 6)
        #expect(log.lines(at: .seconds(9)).isEmpty)
        #expect(log.lines(at: .seconds(11)) == ["995 more connections were refused or ended"])
        #expect(log.lines(at: .seconds(30)).isEmpty)
    }
}

@Suite struct KeyFolderTests {
    @Test("what was made is read back, and a removed token admits nobody")
    func files() throws {
        let folder = try TemporaryFolder()
        let made = try KeyFolder(path: folder.path)
        try made.save()
        let read = try KeyFolder(path: folder.path)
        #expect(read.server == made.server)
        #expect(try read.admittedKeys() == made.keysAtStart())
        #expect(try read.admittedKeys().count == 1)
        _ = try read.addWorker("hosta")
        #expect(try read.admittedKeys().count == 2)
        let stamp = read.stamp()
        try FileManager.default.removeItem(atPath: read.tokenPath)
        #expect(read.stamp() != stamp)
        #expect(try read.admittedKeys().count == 1)
    }

    @Test("what is wrong with a key file names it, and the line")
    func faults() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyFolder(path: folder.path)
        try keys.save()
        _ = try keys.addWorker("hosta")
        #expect(throws: KeyFileError.exists(path: folder.path("hosta.token"))) { try keys.addWorker("hosta") }
        #expect(throws: KeyFileError.badName("../x")) { try keys.addWorker("../x") }
        try folder.write("authorized_keys", Array("# people\n\n  \nshort hostb\n".utf8))
        #expect(throws: KeyFileError.notAKey(path: folder.path("authorized_keys"), line: 4)) {
            try keys.admittedKeys()
        }
        let other = try TemporaryFolder()
        try KeyFolder(path: other.path).save()
        try FileManager.default.removeItem(atPath: other.path("server.key"))
        #expect(throws: KeyFileError.otherServer(path: other.path("token"))) {
            try KeyFolder(path: other.path)
        }
        var plan = TrainingPlan(trainDirectory: folder.path, output: folder.path("run"))
        plan.listenEndpoint = "tcp://127.0.0.1:*"
        plan.keyDirectory = folder.path("absent")
        #expect(throws: KeyFileError.noFolder(path: folder.path("absent"))) {
            try CoordinatorAccess(plan, log: Logger(label: "test"))
        }
        try folder.write("server.key", Array("nonsense".utf8))
        #expect(throws: KeyFileError.self) { try KeyFolder(path: folder.path) }
    }
}
