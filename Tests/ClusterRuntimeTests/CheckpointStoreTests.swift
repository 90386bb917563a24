import ClassifierHead
import Foundation
import TestSupport
import Testing
import TrainingProtocol

@testable import ClusterRuntime

@Suite("The folder of checkpoints")
struct CheckpointStoreTests {
    private func checkpoint(_ step: Int) -> CheckpointFile {
        var position = RunPosition()
        position.step = step
        let shape = HeadShape(featureCount: 512, hiddenUnits: 16, classCount: 2)
        return CheckpointFile(
            run: "run", position: position, head: HeadSnapshot(initial: .initial(shape: shape, seed: 1)))
    }

    @Test("the newest three are kept, and damaged ones that sort after them push none out")
    func damagedOnesDoNotCount() throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(directory: folder.path("checkpoints"), run: "run")
        for step in 1...4 { try store.save(checkpoint(step)) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.directory).count == 3)
        for step in 10...14 {
            try folder.write("checkpoints/step-00000000\(step)-epoch-000000.checkpoint", [1, 2, 3])
        }
        try store.save(checkpoint(5))
        let newest = store.newest()
        #expect(newest.checkpoint?.position.step == 5)
        #expect(newest.skipped.count == 5)
    }
}
