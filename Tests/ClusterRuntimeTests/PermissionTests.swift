import ClusterTestSupport
import Foundation
import Glibc
import TestSupport
import Testing

@testable import ClusterRuntime

@Suite("What is whose, whatever the umask", .ending)
struct PermissionTests {
    /// What a run leaves for its user to share; everything else in its folder is the owner's alone.
    private static let shared: Set = [
        "", "class_indices.json", "history.csv", "model.safetensors", "problems.csv", "report.html",
    ]

    @Test(
        "caches, keys, checkpoints and records are the owner's alone; a model and a report are to share",
        arguments: ["000", "022"])
    func modes(umask: String) throws {
        let run = try LocalRun()
        try FileManager.default.copyItem(
            atPath: run.folder.path("data/val"), toPath: run.folder.path("more"))
        let address = try LocalRun.address()
        let launcher = ["/bin/sh", "-c", "umask \(umask); exec \"$0\" \"$@\""]
        try run.folder.write("data/train/circles/broken.png", [1, 2, 3])
        let coordinator = try Program.Running(
            run.arguments(
                "coordinator", run: "run", cache: "cache", ["--listen", address, "--augment", "none"]),
            launcher: launcher)
        let worker = try Program.Running(
            ["worker", "--connect", address, "--cache", run.folder.path("fetched")], launcher: launcher)
        #expect(coordinator.wait().status == 0, "\(coordinator.errors)")
        #expect(worker.wait().status == 0, "\(worker.errors)")

        let caches = try entries(of: run.folder.path("cache")) + entries(of: run.folder.path("fetched"))
        #expect(
            caches.contains { $0.path.hasSuffix("data.mdb") }
                && caches.contains { $0.path.contains("/objects/") })
        #expect(caches.contains { $0.path.contains("/verdicts/") })
        for entry in caches { #expect(entry.mode == (entry.isFolder ? 0o700 : 0o600), "\(entry)") }
        let kept = try entries(of: run.folder.path("run"))
        #expect(Self.shared.isSubset(of: kept.map(\.name)) && kept.count > Self.shared.count + 4)
        // TensorBoard's files are as the umask has them.
        for entry in kept where !entry.name.hasPrefix("events") {
            let isShared = Self.shared.contains(entry.name)
            let expected: mode_t = entry.isFolder ? (isShared ? 0o755 : 0o700) : (isShared ? 0o644 : 0o600)
            #expect(entry.mode == expected, "\(entry)")
        }
    }

    @Test("folders of a cache that an earlier version left to be read are the owner's after the next run")
    func tightened() throws {
        let run = try LocalRun()
        _ = try run.train(run: "first", ["--workers", "1"])
        let folders = try entries(of: run.folder.path("cache")).filter { $0.isFolder && !$0.name.isEmpty }
        #expect(folders.count >= 4)
        for folder in folders { #expect(chmod(folder.path, 0o755) == 0) }
        _ = try run.train(run: "second", ["--workers", "1"])
        // What lies deeper can't be reached.
        for folder in folders where !folder.name.contains("/") {
            #expect(try entries(of: folder.path)[0].mode == 0o700, "\(folder.path)")
        }
    }

    private struct Entry {
        let path: String
        let name: String
        let mode: mode_t
        let isFolder: Bool
    }

    /// A folder and everything in it.
    private func entries(of folder: String) throws -> [Entry] {
        let names = [""] + (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? [])
        return try names.map { name in
            let path = name.isEmpty ? folder : folder + "/" + name
            var status = stat()
            try #require(lstat(path, &status) == 0)
            return Entry(
                path: path, name: name, mode: status.st_mode & 0o7777,
                isFolder: status.st_mode & S_IFMT == S_IFDIR)
        }
    }
}
