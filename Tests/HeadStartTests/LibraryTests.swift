import ContentAddressing
import Foundation
import HeadStart
import Synchronization
import TestSupport
import Testing

@Suite("Other programs train and predict through the library", .serialized)
struct LibraryTests {
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try Program.run(["sample", folder.path("data"), "--pictures", "6"])
        return folder
    }

    private func training(in folder: TemporaryFolder, run: String) -> Training {
        var training = Training(pictures: folder.path("data/train"), runFolder: folder.path(run))
        training.validation = .folder(folder.path("data/val"))
        (training.weights, training.epochs, training.batchSize) = (.random(7), 2, 12)
        return training
    }

    private func machine(_ folder: TemporaryFolder) -> Machine {
        Machine(program: Program.path, cacheFolder: folder.path("cache"))
    }

    private func model(_ run: String) throws -> ContentDigest {
        try ContentDigest.hashing(file: run + "/model.safetensors").digest
    }

    @Test("the model is the command's, byte for byte, and so are the predictions")
    func sameAsTheCommand() async throws {
        let folder = try folder()
        let result = try await training(in: folder, run: "library").run(machine: machine(folder)) {
            print($0)
        }
        #expect(result.epochs.count == 2 && result.picturesLeftOut == 0)
        #expect(result.epochs.allSatisfy { $0.validationAccuracy != nil && $0.seconds > 0 })
        let trained = try Program.run([
            "train", folder.path("data/train"), "--validation", folder.path("data/val"), "--weights",
            "random:7",
            "--epochs", "2", "--batch-size", "12", "--out", folder.path("command"), "--cache",
            folder.path("cache"),
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(try model(folder.path("library")) == model(folder.path("command")))

        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("data/val/circles"))
            .sorted()
        let pictures = names.map { folder.path("data/val/circles/" + $0) }
        let classifier = try Classifier(run: folder.path("library"), machine: machine(folder))
        let told = try Program.run(
            ["predict", "--model", folder.path("command"), "--top", "3", "--cache", folder.path("cache")]
                + pictures)
        let lines = told.output.split(separator: "\n")
        #expect(lines.count == pictures.count && !pictures.isEmpty)
        for (line, predictions) in zip(lines, classifier.predict(pictures)) {
            let predictions = try predictions.get()
            #expect(abs(predictions.map(\.probability).reduce(0, +) - 1) < 1e-5)
            #expect(line.split(separator: "\t")[1] == predictions[0].className)
        }
    }

    @Test("lines have no time, and a warning says that it is one")
    func lines() async throws {
        let folder = try folder()
        try folder.write("data/train/.hidden/a.png", [])
        let lines = Mutex<[String]>([])
        _ = try await training(in: folder, run: "run").run(machine: machine(folder)) { line in
            lines.withLock { $0.append(line) }
        }
        let warning = lines.withLock { lines in lines.first { $0.contains(".hidden") } }
        #expect(warning?.hasPrefix("warning: ") == true, "\(warning ?? "none")")
    }

    @Test("a picture that is absent or isn't one is named, and the others are told all the same")
    func badPictures() async throws {
        let folder = try folder()
        _ = try await training(in: folder, run: "run").run(machine: machine(folder))
        try Data("no picture".utf8).write(to: URL(filePath: folder.path("text.jpg")))
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: folder.path("data/val/circles")).first)
        let classifier = try Classifier(run: folder.path("run"), machine: machine(folder))
        let told = classifier.predict(
            [folder.path("absent.jpg"), folder.path("data/val/circles/" + name), folder.path("text.jpg")])
        #expect(throws: HeadStartError.self) { try told[0].get() }
        #expect(try told[1].get().count == 3)
        let reason = #expect(throws: HeadStartError.self) { try told[2].get() }
        #expect(reason?.description.contains("text.jpg") == true)
    }

    @Test("a cancelled task saves the state, and a run that resumes gives the uninterrupted run's model")
    func cancellation() async throws {
        let folder = try folder()
        var calm = training(in: folder, run: "calm")
        calm.epochs = 60
        _ = try await calm.run(machine: machine(folder))
        var training = calm
        training.runFolder = folder.path("cancelled")
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let task = Task { [training] in
            defer { continuation.finish() }
            return try await training.run(machine: machine(folder)) { continuation.yield($0) }
        }
        for await line in lines where line.contains("epoch  1/60") { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        training.resumes = true
        #expect(try await training.run(machine: machine(folder)).epochs.count == 60)
        #expect(try model(folder.path("cancelled")) == model(folder.path("calm")))
    }

    @Test("what can't be used is refused with the reason")
    func badValues() async throws {
        let folder = try folder()
        func refusal(_ change: (inout Training) -> Void) async throws -> String? {
            var training = training(in: folder, run: "run")
            change(&training)
            let refused = training
            return await #expect(throws: HeadStartError.self) {
                try await refused.run(machine: machine(folder))
            }?.description
        }
        #expect(try await refusal { $0.epochs = 0 }?.contains("epochs") == true)
        #expect(try await refusal { $0.workers = 0 }?.contains("no workers") == true)
        #expect(throws: HeadStartError.self) {
            try Classifier(run: folder.path("nothing"), machine: machine(folder))
        }
    }

    @Test("the example trains and predicts")
    func example() throws {
        let folder = try folder()
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: folder.path("data/val/circles")).first)
        let process = Process()
        process.executableURL = URL(filePath: Program.path).deletingLastPathComponent()
            .appending(path: "train-and-predict")
        process.arguments = [
            folder.path("data/train"), folder.path("run"), folder.path("data/val/circles/" + name),
        ]
        process.environment = ["HOME": folder.path("home"), "PATH": ""]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        #expect(text.contains("3 epochs") && text.contains(name), "\(text)")
    }
}
