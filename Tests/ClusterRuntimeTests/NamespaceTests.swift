import ClusterTestSupport
import Foundation
import TestSupport
import Testing

@testable import ClusterHarness
@testable import ClusterRuntime

@Suite("Hosts of their own", .ending)
struct NamespaceTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../scripts/namespaces").standardizedFileURL.path

    /// Whether this process may make network namespaces, with the programs that it takes.
    private static let canBeHad: Bool = {
        let probe = Process()
        probe.executableURL = URL(filePath: "/bin/sh")
        probe.arguments = [
            "-c", "nft --version && ip netns add headstart-probe && ip netns delete headstart-probe",
        ]
        (probe.standardOutput, probe.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        guard (try? probe.run()) != nil else { return false }
        probe.waitUntilExit()
        return probe.terminationStatus == 0
    }()

    @Test(
        "three of them, with an address and a token, train a local run's bytes through loss and a partition",
        .enabled(if: canBeHad, "network namespaces need root, iproute2 and nftables"))
    func namespaces() throws {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(filePath: Self.script)
        process.arguments = [Program.path]
        let log = folder.path("log")
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let output = try FileHandle(forWritingTo: URL(filePath: log))
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        process.waitUntilExit()
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect(process.terminationStatus == 0, "\(text)")
        #expect(text.contains("the same bytes as a local run"), "\(text)")
        print(text)
    }

    @Test(
        "a cluster of processes on hosts of their own trains the calm run's bytes through lost packets and kills",
        .enabled(if: canBeHad, "network namespaces need root, iproute2 and nftables"))
    func cluster() throws {
        let run = try LocalRun(pictures: 8)
        let expected = try run.train(run: "calm", epochs: 4)
        var chaos = ChaosPlan()
        (chaos.killEvery, chaos.cutEvery, chaos.slowEvery) = (4, 6, 3)
        (chaos.networkFaultSeconds, chaos.faultSeconds) = (2, 12)
        var plan = run.cluster(run: "shaken", epochs: 4)
        (plan.usesNamespaces, plan.loss) = (true, 5)
        var shaken = try ChaosRun(chaos, cluster: plan) { print($0) }
        #expect(try shaken.run().model == expected)
    }
}
