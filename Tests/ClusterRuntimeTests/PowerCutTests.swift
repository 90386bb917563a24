import ClassifierHead
import ContentAddressing
import Files
import Foundation
import TestSupport
import Testing
import TrainingProtocol
import VGGBackbone

@testable import ClusterRuntime

/// What is written durably is there after a power cut at any moment, old or new; see `PowerCut` for what a
/// cut may leave.
@Suite("Power cuts")
struct PowerCutTests {
    /// A folder to which a few things are written, and how what is left of it is judged.
    private struct Story {
        /// Is done before the recording.
        var before: (String) throws -> Void = { _ in }
        /// Each is done when the last has returned.
        let acts: [(String) throws -> Void]
        /// What is wrong with the remains when so many acts have returned, and perhaps a part of the next.
        let problem: (_ folder: String, _ done: Int) throws -> String?
    }

    /// Plays a story once and cuts the power after each of its calls.
    ///
    /// - Parameter spoil: makes the recorded calls those of a faulty program.
    /// - Returns: how many remains were looked at, and what was wrong with the first that were no good.
    private func cuts(
        _ story: Story, spoil: (FileChange) -> Bool = { _ in false }
    ) throws -> (looks: Int, problem: String?) {
        let folder = try TemporaryFolder()
        try story.before(folder.path)
        let model = try PowerCut(root: folder.path)
        var changes: [FileChange] = []
        var ends: [Int] = []
        for act in story.acts {
            changes += try FileChange.recorded { try act(folder.path) }.filter { !spoil($0) }
            ends.append(changes.count)
        }
        var looks = 0
        for count in 0...changes.count {
            let done = ends.count { $0 <= count }
            for remains in model.remains(after: changes[..<count]) {
                let left = try TemporaryFolder()
                try remains.write(to: left)
                looks += 1
                if let problem = try story.problem(left.path, done) {
                    let calls = changes[..<count].map(\.name).joined(separator: ", ")
                    return (looks, "after \(calls): \(problem)")
                }
            }
        }
        return (looks, nil)
    }

    /// No cut does harm, and each kind of sync is needed.
    private func expectDurable(_ story: Story, looksAtLeast: Int) throws {
        let sound = try cuts(story)
        #expect(sound.problem == nil)
        #expect(sound.looks >= looksAtLeast)
        for isFolder in [false, true] {
            let faulty = try cuts(story) { change in
                guard case .synchronize(let path) = change else { return false }
                return path.hasSuffix("headstart-partial") != isFolder
            }
            #expect(faulty.problem != nil, "without the sync of \(isFolder ? "folders" : "files")")
        }
    }

    private func checkpoint(_ step: Int) -> CheckpointFile {
        var position = RunPosition()
        position.step = step
        let shape = HeadShape(featureCount: 6, hiddenUnits: 3, classCount: 2)
        return CheckpointFile(
            run: "run", position: position, head: HeadSnapshot(initial: .initial(shape: shape, seed: 1)))
    }

    @Test("the newest checkpoint that was written loads, from the run folder's first moment on")
    func checkpoints() throws {
        func store(_ folder: String) -> CheckpointStore {
            CheckpointStore(directory: folder + "/run/checkpoints", run: "run")
        }
        let saves = (1...5).map { step in
            { (folder: String) in try store(folder).save(checkpoint(step)) }
        }
        let story = Story(acts: saves) { folder, done in
            let newest = store(folder).newest()
            guard newest.skipped.isEmpty else { return "\(newest.skipped)" }
            let step = newest.checkpoint?.position.step ?? 0
            return step >= done ? nil : "step \(step) after \(done) were written"
        }
        try expectDurable(story, looksAtLeast: 200)
    }

    private func model(_ seed: UInt64) -> TrainedModel {
        let shape = HeadShape(featureCount: VGGArchitecture.featureCount, hiddenUnits: 1, classCount: 2)
        return TrainedModel(
            classes: ["ants", "bees"], head: .initial(shape: shape, seed: seed), architecture: .vgg16,
            preprocessing: .caffe, honorsExifOrientation: false, weights: .random(7),
            weightsDigest: ContentDigest(hashing: [1]))
    }

    @Test("a model that is written over another is the old one or the new one")
    func models() throws {
        let models = [model(1), model(2)]
        let file = "/" + TrainedModel.fileName
        let story = Story(
            before: { try models[0].write(to: $0 + file) }, acts: [{ try models[1].write(to: $0 + file) }],
            problem: { folder, done in
                guard let head = try? TrainedModel.load(run: folder).head else { return "no model" }
                return done == 1 && head != models[1].head || !models.map(\.head).contains(head)
                    ? "another" : nil
            })
        try expectDurable(story, looksAtLeast: 20)
    }

    @Test("a run's record and history are the old ones or the new ones")
    func records() throws {
        func record(_ epochs: Int) -> RunRecord {
            var plan = TrainingPlan(trainDirectory: "pictures", output: "run")
            plan.epochs = epochs
            return RunRecord(
                run: "run", plan: plan, classes: ["ants", "bees"], trainingPictures: "a",
                validationPictures: nil, weights: "b", arithmetic: "c", exchange: .factors)
        }
        func write(_ epochs: Int, _ folder: String) throws {
            try RunFolder(path: folder + "/run", resume: epochs > 1).write(record(epochs))
        }
        let story = Story(acts: [{ try write(1, $0) }, { try write(2, $0) }]) { folder, done in
            let found = (try? RunFolder.record(of: folder + "/run").plan.epochs) ?? 0
            return found >= done ? nil : "the record of \(found) after \(done)"
        }
        try expectDurable(story, looksAtLeast: 50)
    }

    @Test("a fetched file that is moved into place is there whole once the move has returned")
    func moves() throws {
        let content = [UInt8](repeating: 7, count: 5000)
        let act = { (folder: String) in
            let file = try OwnedFile(folder + "/weights.headstart-partial", .updating)
            try content.withUnsafeBytes { try file.write($0, at: 0) }
            try file.synchronize()
            try DurableFile.move(folder + "/weights.headstart-partial", to: folder + "/weights")
        }
        let story = Story(acts: [act]) { folder, done in
            let found = FileManager.default.contents(atPath: folder + "/weights").map { Array($0) }
            return found == content || done == 0 && found == nil ? nil : "not whole"
        }
        try expectDurable(story, looksAtLeast: 10)
    }

    @Test("the cache, which syncs nothing, gives what it was given or nothing, and can be filled again")
    func cache() throws {
        let content = (0..<3).map { [UInt8](repeating: UInt8($0), count: 4000 + $0) }
        func open(_ folder: String) throws -> ContentCache {
            try ContentCache(directory: folder + "/cache", capacityBytes: 1 << 20)
        }
        let stores = content.map { bytes in { (folder: String) in _ = try open(folder).store(bytes) } }
        let story = Story(acts: stores) { folder, _ in
            let cache = try open(folder)
            for bytes in content {
                let digest = ContentDigest(hashing: bytes)
                if let found = cache.read(digest), found != bytes { return "other bytes" }
                // What was begun may be damaged; then it is thrown away, and the next time it is well.
                if (try? cache.store(bytes)) == nil { try cache.store(bytes) }
                guard cache.read(digest) == bytes else { return "it can't be filled again" }
            }
            return nil
        }
        let sound = try cuts(story)
        #expect(sound.problem == nil)
        #expect(sound.looks > 100)
    }

    @Test("each durable file is written, synced, renamed, and its folder synced, in this order")
    func order() throws {
        let folder = try TemporaryFolder()
        let weights = BackboneWeights.random(seed: 1, architecture: .vgg16)
        let network = try model(1).network(.head, producer: "HeadStart", provenance: nil)
        let writers: [(name: String, write: (String) throws -> Void)] = [
            ("a file", { try DurableFile.write($0, bytes: [1, 2, 3]) }),
            ("a checkpoint", { try checkpoint(1).write(to: $0) }),
            ("a model", { try model(1).write(to: $0) }),
            ("a Keras model", { try ExportFormat.keras.write(network, to: $0) }),
            ("an ONNX model", { try ExportFormat.onnx.write(network, to: $0) }),
            ("weights", { try weights.write(safetensorsTo: $0) }),
        ]
        for writer in writers {
            let path = folder.path(writer.name)
            let changes = try FileChange.recorded { try writer.write(path) }
            // A library writes in its own ways; what counts is the file that bears the name in the end.
            guard case .rename(let temporary, path)? = changes.dropLast().last else {
                Issue.record("\(writer.name): \(changes.map(\.name))")
                continue
            }
            #expect(changes.last == .synchronize(folder.path), "\(writer.name)")
            #expect(changes.dropLast(2).last == .synchronize(temporary), "\(writer.name)")
            #expect(changes.contains(.create(temporary)), "\(writer.name)")
        }
    }
}
