import ClassifierHead
import ContentAddressing
import Foundation
import TestSupport
import Testing
import TrainingProtocol

@testable import ClusterRuntime

@Suite("Checkpoints")
struct CheckpointTests {
    private func checkpoint(step: Int, epochs: Int = 1, run: String = "run") -> CheckpointFile {
        var position = RunPosition()
        position.step = step
        position.epochScores.add(loss: 0.25, isCorrect: true)
        position.history = (0..<epochs).map {
            EpochRecord(
                epoch: $0, loss: 0.1 + Double($0), accuracy: 1 / 3, validationLoss: nil,
                validationAccuracy: nil,
                seconds: 1)
        }
        let shape = HeadShape(featureCount: 6, hiddenUnits: 3, classCount: 2)
        var head = HeadSnapshot(initial: .initial(shape: shape, seed: UInt64(step)))
        head.updates = step
        return CheckpointFile(run: run, position: position, head: head)
    }

    @Test("a checkpoint gives back position and head, bit for bit")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let written = checkpoint(step: 7, epochs: 2)
        try written.write(to: folder.path("a"))
        let read = try CheckpointFile(path: folder.path("a"))
        #expect(read.run == "run")
        #expect(read.position == written.position)
        expectSame(read.head, written.head)
    }

    @Test("no truncation and no flipped bit anywhere gives a checkpoint")
    func damage() throws {
        let folder = try TemporaryFolder()
        try checkpoint(step: 7).write(to: folder.path("good"))
        let good = Array(try Data(contentsOf: URL(filePath: folder.path("good"))))
        let path = folder.path("bad")
        for length in 0..<good.count {
            try Data(good[..<length]).write(to: URL(filePath: path))
            #expect(throws: CheckpointError.self) { try CheckpointFile(path: path) }
        }
        for place in good.indices {
            var bad = good
            bad[place] ^= 1 << UInt8(place % 8)
            try Data(bad).write(to: URL(filePath: path))
            #expect(throws: CheckpointError.self) { try CheckpointFile(path: path) }
        }
        try Data(good + [0]).write(to: URL(filePath: path))
        #expect(throws: CheckpointError.self) { try CheckpointFile(path: path) }
    }

    @Test(
        "numbers that no run has are damage, also under a right digest",
        arguments: [
            ("\"hiddenUnits\":3", "\"hiddenUnits\":9999999"), ("\"featureCount\":6", "\"featureCount\":-1"),
            ("\"classCount\":2", "\"classCount\":0"), ("\"updates\":7", "\"updates\":-7"),
            ("\"updates\":7", "\"updates\":9223372036854775807"), ("\"shape\":[3]", "\"shape\":[-3]"),
            ("\"shape\":[6,3]", "\"shape\":[4294967296,4294967296]"), ("\"step\":7", "\"step\":-1"),
            ("\"step\":7", "\"step\":9223372036854775807"), ("\"correct\":1", "\"correct\":2"),
            ("\"epoch\":0", "\"epoch\":9223372036854775807"), ("\"seconds\":1", "\"seconds\":1e300"),
        ])
    func impossibleNumbers(number: String, other: String) throws {
        let folder = try TemporaryFolder()
        try checkpoint(step: 7).write(to: folder.path("good"))
        let good = Array(try Data(contentsOf: URL(filePath: folder.path("good"))))
        let length = Int(good[8]) + Int(good[9]) << 8
        let header = String(decoding: good[16..<16 + length], as: UTF8.self)
        let bent = Array(header.replacing(number, with: other).utf8)
        #expect(bent.count != length || bent != Array(header.utf8))
        let content =
            good[..<8] + withUnsafeBytes(of: UInt64(bent.count).littleEndian, Array.init) + bent
            + good[(16 + length)...].dropLast(ContentDigest.byteCount)
        try folder.write("bad", content + ContentDigest(hashing: content).bytes)
        let error = #expect(throws: CheckpointError.self) { try CheckpointFile(path: folder.path("bad")) }
        #expect(error?.description.contains("digest") == false)
    }

    @Test("the newest three are kept, and the newest that verifies is taken, with word of those passed over")
    func newest() throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(directory: folder.path("checkpoints"), run: "run")
        #expect(store.newest().checkpoint == nil)
        for step in [3, 20, 100, 1000, 999_999] { try store.save(checkpoint(step: step)) }
        let names = try FileManager.default.contentsOfDirectory(atPath: store.directory).sorted()
        #expect(names.count == 3)
        #expect(store.newest().checkpoint?.position.step == 999_999)
        let newest = URL(filePath: store.directory + "/" + names[2])
        try Data(contentsOf: newest).dropLast(5).write(to: newest)
        let (checkpoint, skipped) = store.newest()
        #expect(checkpoint?.position.step == 1000)
        #expect(skipped.count == 1)
        #expect(skipped.first?.description.contains(names[2]) == true)
    }

    @Test("the same step sorts later once its epoch is closed, and another run's checkpoint is not taken")
    func order() throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(directory: folder.path("checkpoints"), run: "run")
        try store.save(checkpoint(step: 8, epochs: 1))
        try store.save(checkpoint(step: 8, epochs: 0))
        #expect(store.newest().checkpoint?.position.history.count == 1)
        let other = CheckpointStore(directory: folder.path("checkpoints"), run: "another")
        #expect(other.newest().checkpoint == nil)
        #expect(other.newest().skipped.count == 2)
    }
}
