import ClusterTestSupport
import Foundation
import Logging
import TestSupport
import Testing
import ZeroMQTransport

@testable import ClusterRuntime

@Suite("Processors are those that affinity and control groups leave")
struct AvailableProcessorTests {
    static let second = "36 25 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
    static let first =
        "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
        + "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:7 - cgroup cgroup rw,cpu,cpuacct\n"
        + "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"

    /// A machine's files: the process' groups, what is mounted, and the rest by their paths.
    static func reader(_ group: String, mounts: String, _ files: [String: String]) -> ControlGroups.Reader {
        { path in
            switch path {
            case "/proc/self/cgroup": group
            case "/proc/self/mountinfo": mounts
            default: files[path]
            }
        }
    }

    @Test(
        "the affinity's processors count that are online",
        arguments: [
            ("0", "0-1", 1), ("0-1", "0-1", 2), ("0-127", "0-7", 8), ("1,3-5,64", "0-3,5", 3),
            ("7", "0-1", 4), ("x", "0-1", 4), ("0-3", "", 4),
        ])
    func affinity(allowed: String, online: String, expected: Int) {
        let files = [
            "/proc/self/status":
                "Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t\(allowed)\nMems_allowed:\t1\n",
            "/sys/devices/system/cpu/online": online + "\n",
        ]
        #expect(AvailableProcessors.count(online: 4) { files[$0] } == expected)
    }

    @Test(
        "version 2: the least quota of the path, rounded up to whole processors, at least one",
        arguments: [
            ([:], 8),
            (["a/b": "max 100000\n"], 8),
            (["a/b": "50000 100000\n"], 1),
            (["a/b": "100000 100000\n"], 1),
            (["a/b": "150000 100000\n"], 2),
            (["a/b": "1600000 100000\n"], 8),
            (["a/b": "max 100000\n", "a": "250000 100000\n"], 3),
            (["a/b": "700000 100000\n", "a": "200000 100000\n", "": "500000 100000\n"], 2),
            (["a/b": "nonsense\n", "a": "-1 0\n"], 8),
            (["other": "100000 100000\n"], 8),
        ] as [([String: String], Int)])
    func versionTwo(quotas: [String: String], expected: Int) {
        let files = Dictionary(
            uniqueKeysWithValues: quotas.map { folder, text in
                ("/sys/fs/cgroup" + (folder.isEmpty ? "" : "/" + folder) + "/cpu.max", text)
            })
        let groups = Self.reader("0::/a/b\n", mounts: Self.second, files)
        #expect(AvailableProcessors.count(online: 8, read: groups) == expected)
        #expect(AvailableProcessors.count(online: 1, read: groups) == 1)
    }

    @Test("in a container the mounted part of the tree, and its own root, are what counts")
    func container() {
        let files = ["/sys/fs/cgroup/cpu.max": "150000 100000\n", "/sys/fs/cgroup/x/cpu.max": "1 2\n"]
        let mounted = "36 25 0:30 /docker/1f /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
        for (group, mounts, expected) in [
            ("0::/\n", Self.second, 2), ("0::/docker/1f\n", mounted, 2), ("0::/docker/1f/x\n", mounted, 1),
            ("0::/docker/1f2/x\n", mounted, 2), ("0::/../../x\n", mounted, 2),
        ] {
            let groups = Self.reader(group, mounts: mounts, files)
            #expect(AvailableProcessors.count(online: 4, read: groups) == expected, "\(group)")
        }
    }

    @Test("version 1, also beside version 2: quota and period of the controller's own tree")
    func versionOne() {
        let cpu = "/sys/fs/cgroup/cpu,cpuacct"
        let group = "4:memory:/m\n2:cpuset:/c\n1:cpu,cpuacct:/a/b\n0::/\n"
        for (own, above, expected) in [
            ("-1", "-1", 8), ("50000", "-1", 1), ("-1", "210000", 3), ("400000", "200000", 2),
        ] {
            let groups = Self.reader(
                group, mounts: Self.first + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
                [
                    cpu + "/a/b/cpu.cfs_quota_us": own + "\n", cpu + "/a/b/cpu.cfs_period_us": "100000\n",
                    cpu + "/a/cpu.cfs_quota_us": above + "\n", cpu + "/a/cpu.cfs_period_us": "100000\n",
                ])
            #expect(AvailableProcessors.count(online: 8, read: groups) == expected)
        }
    }

    @Test("where nothing can be read the affinity counts")
    func nothing() {
        #expect(AvailableProcessors.count(online: 3) { _ in nil } == 3)
        let odd = Self.reader("::\n0:/\nx\n", mounts: "a - b\n- cgroup2\n1 2 3 4 5 6 -\n", [:])
        #expect(AvailableProcessors.count(online: 3, read: odd) == 3)
    }

    @Test("under taskset with one processor the doctor says one core, and train starts one worker")
    func taskset() throws {
        #expect(try run("/usr/bin/taskset", ["-c", "0", Program.path, "doctor"]).contains("1 core,"))
        let run = try LocalRun(pictures: 2)
        let arguments = run.arguments(run: "run", epochs: 1, ["--log-level", "debug"])
        let lines = try self.run("/usr/bin/taskset", ["-c", "0", Program.path] + arguments)
        #expect(lines.contains("worker 1 joined"), "\(lines)")
        #expect(lines.contains(", 1 threads,") && !lines.contains("worker 2 joined"), "\(lines)")
    }

    /// Everything that a program writes.
    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// A group of version 1 of this machine; `nil` where none can be made.
    private static let processorTree = "/sys/fs/cgroup/cpu"
    private static var canMakeGroups: Bool {
        getuid() == 0 && access(processorTree + "/cpu.cfs_quota_us", W_OK) == 0
    }

    @Test(
        "in a group of half a processor the doctor says one core",
        .enabled(if: canMakeGroups, "no control group of version 1 can be made here"))
    func realGroup() throws {
        let folder = Self.processorTree + "/headstart-test-\(UUID().uuidString)"
        try #require(mkdir(folder, 0o755) == 0)
        defer { rmdir(folder) }
        try "50000".write(toFile: folder + "/cpu.cfs_quota_us", atomically: false, encoding: .utf8)
        let said = try run(
            "/bin/sh", ["-c", "echo $$ >\(folder)/tasks && exec \"$0\" doctor", Program.path])
        #expect(said.contains("1 core,"), "\(said)")
    }
}

@Suite("Worker processes that die are told apart, and started again after a pause", .ending)
struct WorkerDeathTests {
    private let mailbox: Mailbox<CoordinatorMail>

    init() throws { mailbox = Mailbox(wakeup: try Wakeup()) }

    /// The kernel's count, as a test sets it.
    private final class Count {
        var value: Int?
        init(_ value: Int?) { self.value = value }
    }

    private func workers(_ count: Int, kernel: Count) -> LocalWorkers {
        LocalWorkers(
            count: count, host: "here", program: "/bin/sh", arguments: ["-c", "kill -9 $$"], token: nil,
            mailbox: mailbox, othersMayCome: false, memoryKills: { kernel.value })
    }

    /// Waits for the next death that the workers report.
    private func nextDeath() throws -> (slot: Int, end: ProcessEnd) {
        let deadline = Date().addingTimeInterval(30)
        while Date() < deadline {
            for case .workerProcessEnded(let slot, let end, _) in mailbox.drain() { return (slot, end) }
            usleep(1000)
        }
        throw LocalRun.Failure(text: "no worker process has ended")
    }

    @Test("the kernel's count of kills for want of memory grew: that is named, with --workers 1")
    func memory() throws {
        let kernel = Count(7)
        let workers = workers(2, kernel: kernel)
        try workers.start()
        defer { workers.stop() }
        kernel.value = 8
        let log = LineLog()
        for _ in 0..<2 {
            let death = try nextDeath()
            #expect(death.end == .signalled(SIGKILL))
            _ = workers.replace(death.slot, after: death.end, lastLines: [], log: log.logger)
        }
        // One kill was the kernel's, the other was not.
        let ends = log.lines.filter { $0.contains(" ended: ") }
        #expect(ends.count == 2)
        #expect(
            ends.count { $0.contains("for want of memory") && $0.contains("--workers 1") } == 1, "\(ends)")
        #expect(ends.count { $0.contains("signal 9") } == 1, "\(ends)")
    }

    @Test("after ten early deaths of the only worker the run ends, and says why; the pauses have grown")
    func pauses() throws {
        let kernel = Count(0)
        let workers = LocalWorkers(
            count: 1, host: "here", program: "/bin/sh", arguments: ["-c", "exit 130"], token: nil,
            mailbox: mailbox, othersMayCome: false, memoryKills: { kernel.value })
        let log = LineLog()
        for death in 1...9 {
            kernel.value = death
            #expect(
                workers.replace(0, after: .signalled(SIGKILL), lastLines: ["error: x"], log: log.logger)
                    == nil)
        }
        kernel.value = 10
        let reason = workers.replace(0, after: .signalled(SIGKILL), lastLines: [], log: log.logger)
        #expect(reason?.contains("for want of memory") == true && reason?.contains("--resume") == true)
        // It is the only one: fewer would be none.
        #expect(reason?.contains("--workers") == false, "\(reason ?? "")")
        let pauses = (1...10).map { LocalWorkers.pause(afterEarlyDeaths: $0) }
        #expect(pauses.first == .zero && pauses.max() == .seconds(30))
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
        workers.stop()
    }

    @Test("the count is the group's own where it has one, else the machine's")
    func count() {
        typealias Tests = AvailableProcessorTests
        let machine = ["/proc/vmstat": "nr_free 1\noom_kill 40\n"]
        let second = ["/sys/fs/cgroup/a/memory.events": "low 0\noom 3\noom_kill 2\n"].merging(machine) { $1 }
        let first = [
            "/sys/fs/cgroup/memory/m/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"
        ].merging(machine) { $1 }
        #expect(ControlGroups(read: Tests.reader("0::/a\n", mounts: Tests.second, second)).memoryKills == 2)
        #expect(
            ControlGroups(read: Tests.reader("4:memory:/m\n", mounts: Tests.first, first)).memoryKills == 5)
        #expect(ControlGroups(read: Tests.reader("0::/\n", mounts: Tests.second, machine)).memoryKills == 40)
        #expect(ControlGroups { _ in nil }.memoryKills == nil)
    }

    private static let memoryTree = "/sys/fs/cgroup/memory"
    private static var canMakeGroups: Bool {
        getuid() == 0 && access(memoryTree + "/memory.limit_in_bytes", W_OK) == 0
    }

    @Test(
        "in a group with too little memory for its workers the run ends with the reason",
        .enabled(if: canMakeGroups, "no control group of version 1 can be made here"))
    func realGroup() throws {
        let folder = Self.memoryTree + "/headstart-test-\(UUID().uuidString)"
        try #require(mkdir(folder, 0o755) == 0)
        defer { rmdir(folder) }
        try "400000000".write(
            toFile: folder + "/memory.limit_in_bytes", atomically: false, encoding: .utf8)
        let run = try LocalRun(pictures: 2)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let errors = Pipe()
        process.standardError = errors
        process.arguments =
            ["-c", "echo $$ >\(folder)/tasks && exec \"$0\" \"$@\"", Program.path]
            + run.arguments(run: "run", epochs: 50, ["--workers", "2", "--augment", "none"])
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        var said = ""
        while !said.contains("for want of memory") {
            let data = errors.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            said += String(decoding: data, as: UTF8.self)
        }
        #expect(said.contains("the kernel killed it for want of memory"), "\(said)")
        #expect(said.contains("--workers 1"), "\(said)")
    }
}

/// Keeps what is logged.
final class LineLog: @unchecked Sendable {
    // Used from one thread at a time, the test's.
    private(set) var lines: [String] = []

    private struct Handler: LogHandler {
        let log: LineLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) { log.lines.append("\(event.message)") }
    }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }
}
