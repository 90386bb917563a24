import ClusterTestSupport
import ContentAddressing
import Foundation
import TestSupport
import Testing
import TrainingProtocol
import VGGBackbone

@testable import ClusterHarness
@testable import ClusterRuntime

@Suite("A worker brings nothing", .serialized, .ending)
struct BareWorkerTests {
    /// Bytes of all files below a folder.
    private func bytes(in folder: String) -> Int {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return paths.reduce(0) { sum, path in
            var status = stat()
            guard stat(folder + "/" + path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                return sum
            }
            return sum + Int(status.st_size)
        }
    }

    /// What a worker says at its end that came from the coordinator.
    private func receivedBytes(_ worker: ClusterProcess) -> Int? {
        let line = worker.line { $0.contains("bytes of weights and pictures came") }
        return line?.text.firstMatch(of: /(\d+) bytes of weights/).flatMap { Int($0.1) }
    }

    private func writeWeights(_ folder: TemporaryFolder) throws -> String {
        let path = folder.path("weights.safetensors")
        try BackboneWeights.random(seed: 7, architecture: .vgg16).write(safetensorsTo: path)
        return path
    }

    @Test(
        "killed in the middle of fetching weights and started again, it goes on where it was and trains the same bytes"
    )
    func weightsResume() throws {
        let run = try LocalRun(pictures: 2)
        let weights = try writeWeights(run.folder)
        let size = try #require(
            FileManager.default.attributesOfItem(atPath: weights)[.size] as? Int)
        let options = ["--weights", weights]
        // The same numbers by another way.
        let expected = try run.train(run: "calm", epochs: 1, options)
        var plan = run.cluster(run: "bare", epochs: 1, options)
        plan.usesProxy = true
        let cluster = try LocalCluster(plan)
        cluster.proxy?.set { $0.bytesPerSecond = 20_000_000 }
        let first = try cluster.startWorker()
        #expect(first.waitForLine { $0.contains("fetching weights: 0 of") } != nil)
        usleep(1_300_000)
        first.send(signal: SIGKILL)
        let second = try cluster.startWorker()
        let line = try #require(second.waitForLine { $0.contains("fetching weights: ") })
        let present = try #require(line.text.firstMatch(of: /weights: (\d+) of (\d+)/).flatMap { Int($0.1) })
        #expect(present > 4_000_000 && present < size)
        // The connection is cut in the middle as well: nothing of it comes twice but what was on its way.
        usleep(500_000)
        cluster.proxy?.cut()
        cluster.proxy?.set { $0.bytesPerSecond = nil }
        #expect(second.waitForLine { $0.contains("fetched weights: \(size - present) bytes") } != nil)
        #expect(cluster.coordinator.waitForEnd() == .exited(0), "\(cluster.coordinator.lastLines)")
        #expect(second.waitForEnd() == .exited(0), "\(second.lastLines)")
        #expect(try cluster.modelDigest() == expected)
        let received = try #require(receivedBytes(second))
        let pictures = bytes(in: run.folder.path("data"))
        print("weights \(size) bytes, \(present) were there; \(received) came, pictures \(pictures)")
        #expect(received >= size - present + pictures)
        #expect(received <= size - present + pictures + (4 << 20))
    }

    @Test("with own copies it fetches only those that differ, and names them")
    func differingCopies() throws {
        let run = try LocalRun(pictures: 4)
        let expected = try run.train(run: "calm", epochs: 1)
        let copy = run.folder.path("copy")
        try FileManager.default.copyItem(atPath: run.folder.path("data"), toPath: copy)
        let circles = try FileManager.default.contentsOfDirectory(atPath: copy + "/train/circles").sorted()
        let changed = copy + "/train/circles/" + (try #require(circles.first))
        var bytes = try Data(contentsOf: URL(filePath: changed))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: changed))
        let missing = copy + "/train/circles/" + (try #require(circles.last))
        let missingSize = try #require(
            FileManager.default.attributesOfItem(atPath: missing)[.size] as? Int)
        try FileManager.default.removeItem(atPath: missing)

        let cluster = try LocalCluster(run.cluster(run: "copies", epochs: 1))
        let worker = try cluster.startWorker(["--data", copy])
        #expect(cluster.coordinator.waitForEnd() == .exited(0), "\(cluster.coordinator.lastLines)")
        #expect(worker.waitForEnd() == .exited(0), "\(worker.lastLines)")
        #expect(try cluster.modelDigest() == expected)
        #expect(worker.lines.count { $0.text.contains(changed) } == 1, "\(worker.lastLines)")
        #expect(receivedBytes(worker) == bytes.count + missingSize)
    }
}
