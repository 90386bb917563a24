import ClassifierHead
import Foundation
import TestSupport
import Testing
import TrainingProtocol

@testable import ClusterRuntime

@Suite("A run folder has one owner, also where locks don't hold between hosts", .ending)
struct RunLeaseTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A process of a host; those of another kernel can't be asked whether they live.
    private static func owner(_ host: String, boot: String? = nil, process: pid_t? = nil) -> RunLease.Owner {
        var owner = RunLease.Owner.current(host: host)
        owner.boot = boot ?? host
        if let process { owner.processID = process }
        return owner
    }

    private static let lively = RunLease.Times(renewal: .milliseconds(20), patience: .seconds(60))
    /// Of an owner that is stopped: it renews nothing.
    private static let stopped = RunLease.Times(renewal: .seconds(3600), patience: .milliseconds(200))

    private func open(
        _ owner: RunLease.Owner, _ times: RunLease.Times, note: (String) -> Void = { _ in }
    ) throws -> RunFolder {
        let resumes = FileManager.default.fileExists(atPath: folder.path("run/config.json"))
        let opened = try RunFolder(
            path: folder.path("run"), resume: resumes, owner: owner, times: times, usesLock: false, note: note
        )
        try folder.write("run/config.json", [])
        return opened
    }

    private var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path("run"))) ?? []).sorted()
    }

    @Test("a second coordinator of another host is refused by the name of the first, which goes on")
    func second() throws {
        let first = try open(Self.owner("a"), Self.lively)
        var notes: [String] = []
        let error = #expect(throws: RunFolderError.self) {
            try open(Self.owner("b"), Self.lively) { notes.append($0) }
        }
        #expect(error == .inUse(path: folder.path("run"), by: "host a, process \(getpid())"))
        #expect(notes.count == 1 && notes[0].contains("host a, process"))
        try first.write(history: [])
        #expect(names == ["config.json", "history.csv", "owner.json"])
    }

    @Test("an owner that left, or ended on this host, is followed at once")
    func gone() throws {
        do { _ = try open(Self.owner("a"), Self.lively) }
        #expect(names == ["config.json"], "it has taken its word back")

        let process = try Process.run(URL(filePath: "/bin/true"), arguments: [])
        process.waitUntilExit()
        for dead in [
            Self.owner("a", process: process.processIdentifier),
            // Its number was given to another process, this one.
            {
                var owner = Self.owner("a")
                owner.processStart = "1"
                return owner
            }(),
        ] {
            try folder.write("run/owner.json", JSONEncoder().encode(dead))
            var notes = 0
            let next = try open(Self.owner("a"), Self.lively) { _ in notes += 1 }
            #expect(notes == 0)
            try next.requireOwnership()
        }
    }

    @Test("an owner that isn't heard of is taken over, and writes nothing any more when it wakes up")
    func takenOver() throws {
        let first = try open(Self.owner("a"), Self.stopped)
        let checkpoints = first.checkpoints(run: "r")
        let second = try open(Self.owner("b"), Self.stopped)
        try second.write(history: [])
        let lost = RunFolderError.takenOver(
            path: folder.path("run"), by: "host b, process \(getpid())")
        #expect(throws: lost) { try first.write(history: []) }
        let shape = HeadShape(featureCount: 4, hiddenUnits: 2, classCount: 2)
        let head = HeadSnapshot(initial: .initial(shape: shape, seed: 1))
        let checkpoint = CheckpointFile(run: "r", position: RunPosition(), head: head)
        #expect(throws: lost) { try checkpoints.save(checkpoint) }
        try second.checkpoints(run: "r").save(checkpoint)
        withExtendedLifetime(first) {}
    }

    @Test("the one that was taken over leaves the other's word where it is")
    func release() throws {
        var first: RunFolder? = try open(Self.owner("a"), Self.stopped)
        let second = try open(Self.owner("b"), Self.stopped)
        try #require(first != nil)
        first = nil
        try second.requireOwnership()
        #expect(RunLease.owner(in: folder.path("run"))?.host == "b")
    }

    @Test("whoever removes the file takes nothing away, and what isn't ours there is replaced")
    func odd() throws {
        try folder.write("run/owner.json", "no owner".utf8)
        let first = try open(Self.owner("a"), Self.lively)
        try FileManager.default.removeItem(atPath: folder.path("run/owner.json"))
        try first.write(history: [])
        #expect(RunLease.owner(in: folder.path("run"))?.host == "a")
        #expect(throws: RunFolderError.self) { try open(Self.owner("b"), Self.lively) }
    }

    @Test("of many that come at once, over a word that nobody renews, one gets the folder")
    func race() async throws {
        try folder.write("run/config.json", [])
        for _ in 0..<5 {
            try folder.write("run/owner.json", JSONEncoder().encode(Self.owner("old")))
            let path = folder.path("run")
            let opened = await withTaskGroup(of: RunFolder?.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        try? RunFolder(
                            path: path, resume: true, owner: Self.owner("h\(number)"),
                            times: .init(renewal: .milliseconds(10), patience: .milliseconds(300)),
                            usesLock: false)
                    }
                }
                return await group.reduce(into: [RunFolder]()) { if let one = $1 { $0.append(one) } }
            }
            #expect(opened.count { (try? $0.requireOwnership()) != nil } == 1)
        }
    }

    @Test("where the lock holds, what a killed process left is no obstacle, and the holder is named")
    func locked() throws {
        let path = folder.path("run")
        try folder.write("run/config.json", [])
        try folder.write(
            "run/owner.json",
            JSONEncoder().encode(Self.owner("a", boot: RunLease.Owner.current(host: "").boot)))
        let first = try RunFolder(path: path, resume: true, host: "here")
        #expect(try RunFolder.isInUse(path, now: Date()))
        #expect(throws: RunFolderError.inUse(path: path, by: "host here, process \(getpid())")) {
            try RunFolder(path: path, resume: true)
        }
        withExtendedLifetime(first) {}
    }

    @Test("another host's run counts as running while its word is fresh")
    func listed() throws {
        try folder.write("run/config.json", [])
        try folder.write("run/owner.json", JSONEncoder().encode(Self.owner("b")))
        let path = folder.path("run")
        #expect(try RunFolder.isInUse(path, now: Date()))
        #expect(try !RunFolder.isInUse(path, now: Date().addingTimeInterval(3600)))
    }
}
