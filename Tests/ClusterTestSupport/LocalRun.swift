import ClusterHarness
import ContentAddressing
import Foundation
import TestSupport

/// A small run of the whole job with real processes, over sample pictures and a cache of its own.
package struct LocalRun {
    package let folder: TemporaryFolder

    /// - Parameter pictures: training pictures of each of three classes; a quarter more for validation.
    package init(pictures: Int = 6) throws {
        folder = try TemporaryFolder()
        let made = try Program.run(["sample", folder.path("data"), "--pictures", "\(pictures)"])
        guard made.status == 0 else { throw Failure(text: made.errors) }
    }

    package struct Failure: Error, CustomStringConvertible {
        package let text: String
        package init(text: String) { self.text = text }
        package var description: String { text }
    }

    /// Arguments of `train` (or `coordinator`) that every run here shares.
    package func arguments(
        _ command: String = "train", run: String, cache: String = "cache", epochs: Int = 2,
        _ more: [String] = []
    ) -> [String] {
        [
            command, folder.path("data/train"), "--validation", folder.path("data/val"), "--out",
            folder.path(run),
            "--weights", "random:7", "--epochs", "\(epochs)", "--batch-size", "12", "--cache",
            folder.path(cache),
        ] + more
    }

    /// Trains to the end and gives the model's digest.
    package func train(run: String, cache: String = "cache", epochs: Int = 2, _ more: [String] = []) throws
        -> ContentDigest
    {
        let finished = try Program.run(arguments(run: run, cache: cache, epochs: epochs, more))
        guard finished.status == 0 else { throw Failure(text: finished.errors) }
        return try model(of: run)
    }

    /// The digest of a run's model file.
    package func model(of run: String) throws -> ContentDigest {
        ContentDigest(hashing: try Data(contentsOf: URL(filePath: folder.path(run + "/model.safetensors"))))
    }

    /// What a test cluster runs over these pictures; caches begin empty, and workers get everything from the
    /// coordinator.
    package func cluster(run: String, epochs: Int = 2, _ more: [String] = []) -> LocalClusterPlan {
        var plan = LocalClusterPlan(
            program: Program.path, trainDirectory: folder.path("data/train"), output: folder.path(run))
        plan.coordinatorOptions = Array(
            arguments(run: run, cache: run + "-cache", epochs: epochs, more).dropFirst(2))
        plan.workerOptions = ["--threads", "1", "--cache", folder.path(run + "-workers")]
        return plan
    }

    /// A port that was free a moment ago.
    package static func freePort() throws -> Int { try LoopbackSocket.freePort() }

    /// An address where nobody listened a moment ago.
    package static func address() throws -> String { "tcp://127.0.0.1:\(try freePort())" }

    /// The worker processes that a `train` process has started.
    package static func workers(of parent: pid_t) -> [pid_t] {
        let children =
            (try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)) ?? ""
        return children.split(separator: " ").compactMap {
            pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }
}
