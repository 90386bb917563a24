import ClusterRuntime
import Foundation
import Imaging
import TestSupport
import Testing
import VGGBackbone

@testable import HeadStartCLI

@Suite("What train, coordinator and worker make of their options")
struct TrainingOptionsTests {
    private func plan(_ arguments: String...) throws -> TrainingPlan {
        let command = try HeadStartCommand.parseAsRoot(["train", "data", "--out", "run"] + arguments)
        return try #require(command as? TrainCommand).plan()
    }

    /// A path as plans hold it.
    private func here(_ name: String) -> String { FileManager.default.currentDirectoryPath + "/" + name }

    @Test("without options it is the Keras recipe")
    func recipe() throws {
        let plan = try plan()
        #expect(plan == TrainingPlan(trainDirectory: here("data"), output: here("run")))
        #expect((plan.epochs, plan.batchSize, plan.hiddenUnits, plan.seed) == (10, 32, 256, 0))
        #expect(plan.learningRate == 0.001 && plan.weights == .imagenet && plan.architecture == .vgg16)
        #expect(plan.preprocessing == .rescale && plan.validation == .none && !plan.augmentsValidation)
        let ranges = try #require(plan.augmentation)
        #expect(ranges.shearDegrees == 0.2 && ranges.zoom == 0.2 && ranges.horizontalFlip)
    }

    @Test("every option reaches the plan")
    func everyOption() throws {
        let plan = try plan(
            "--validation-split", "0.25", "--weights", "random:7", "--backbone", "vgg19", "--preprocess",
            "caffe",
            "--hidden-units", "64", "--shear", "10", "--zoom", "0.1", "--no-flip", "--epochs", "3",
            "--batch-size",
            "16", "--learning-rate", "0.01", "--seed", "9", "--augment-validation", "--early-stopping", "2",
            "--max-seconds", "60", "--strict", "--exif", "--hidden-folders",
            "--allow-empty-classes", "--pixel-limit", "1000", "--checkpoint-seconds", "5", "--exchange",
            "factors",
            "--lookahead", "64", "--allow-different-arithmetic", "--cache", "c", "--feature-store", "2",
            "--cache-size", "500",
            "--workers",
            "3", "--threads", "2")
        var expected = TrainingPlan(trainDirectory: here("data"), output: here("run"))
        expected.validation = .split(0.25)
        expected.weights = .random(7)
        expected.architecture = .vgg19
        expected.preprocessing = .caffe
        expected.hiddenUnits = 64
        expected.augmentation = AugmentationRanges(shearDegrees: 10, zoom: 0.1, horizontalFlip: false)
        (expected.epochs, expected.batchSize, expected.learningRate, expected.seed) = (3, 16, 0.01, 9)
        expected.augmentsValidation = true
        (expected.earlyStoppingPatience, expected.maxSeconds) = (2, 60)
        (expected.strict, expected.honorsExifOrientation) = (true, true)
        (expected.includesHiddenFolders, expected.allowsEmptyClasses) = (true, true)
        (expected.pixelLimit, expected.checkpointSeconds) = (1000, 5)
        (expected.exchange, expected.lookaheadPictures) = (.factors, 64)
        expected.allowsDifferentArithmetic = true
        (expected.cacheDirectory, expected.cacheBounds) = (here("c"), CacheBounds(total: 500, features: 2))
        (expected.localWorkers, expected.threadsPerWorker) = (3, 2)
        #expect(plan == expected)
    }

    /// Writes `plan` into a run folder's config.json, as the runtime does.
    private func record(_ plan: TrainingPlan, in folder: TemporaryFolder) throws -> String {
        let text = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
        try folder.write("config.json", text.utf8)
        return text
    }

    @Test("config.json gives back the plan, in the words of the command line")
    func recorded() throws {
        let folder = try TemporaryFolder()
        let plan = try plan(
            "--weights", "random:7", "--validation", "val", "--epochs", "3", "--max-seconds", "9")
        let text = try record(plan, in: folder)
        #expect(try TrainingPlan(recordedIn: folder.path) == plan)
        #expect(
            text.contains("\"weights\":\"random:7\"")
                && text.contains("{\"folder\":\"\(here("val"))\"}".replacing("/", with: "\\/")))
    }

    @Test("a resumed run keeps its options, and takes those that are given")
    func resume() throws {
        let folder = try TemporaryFolder()
        var recorded = TrainingPlan(trainDirectory: "data", output: "elsewhere")
        recorded.augmentation = nil
        (recorded.seed, recorded.epochs, recorded.localWorkers) = (5, 4, 2)
        _ = try record(recorded, in: folder)
        let command = try HeadStartCommand.parseAsRoot(
            ["train", "data", "--out", folder.path, "--resume", "--epochs", "8"])
        let plan = try #require(command as? TrainCommand).plan()
        #expect(plan.resume && plan.output == folder.path)
        #expect(plan.seed == 5 && plan.epochs == 8 && plan.augmentation == nil && plan.localWorkers == 2)
        #expect(plan.optionsThatChangeTheModel(from: recorded) == [])
    }

    @Test(
        "a config.json that isn't one is an error that names it",
        arguments: ["", "{}", "{\"plan\": {\"seed\": \"x\"}}"])
    func damaged(text: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("config.json", text.utf8)
        let error = #expect(throws: RunFolderError.self) { try TrainingPlan(recordedIn: folder.path) }
        #expect(error?.description.contains(folder.path + "/config.json") == true)
    }

    @Test("options that would train another model are named")
    func otherModel() throws {
        let plan = try plan("--seed", "1", "--augment", "none", "--workers", "2", "--epochs", "99")
        #expect(
            plan.optionsThatChangeTheModel(from: TrainingPlan(trainDirectory: "data", output: "run"))
                == ["--seed", "--augment"])
    }

    @Test("paths may change when a run is resumed, the kind of validation may not")
    func movedFiles() throws {
        let plan = try plan("--validation", "val", "--weights", "w.h5")
        var other = plan
        other.validation = .folder("/elsewhere/val")
        other.weights = .file("/elsewhere/w.h5")
        #expect(plan.optionsThatChangeTheModel(from: other) == [])
        other.validation = .split(0.2)
        #expect(plan.optionsThatChangeTheModel(from: other) == ["--validation"])
    }

    @Test("the files that a plan names are found from every folder")
    func absolutePaths() throws {
        let plan = try plan("--weights", "../w.h5", "--validation", "/val//")
        #expect(plan.weights == .file(here("../w.h5")) && plan.validation == .folder("/val"))
    }

    @Test("a value of config.json that can't be used is named")
    func unusableWeights() throws {
        let folder = try TemporaryFolder()
        let text = try record(plan("--weights", "random:7"), in: folder)
        try folder.write("config.json", text.replacing("random:7", with: "random:x").utf8)
        let error = #expect(throws: RunFolderError.self) { try TrainingPlan(recordedIn: folder.path) }
        #expect(error?.description.contains("\"weights\" can't be used") == true)
    }

    @Test("a coordinator has no workers of its own, and the address that it was given")
    func coordinator() throws {
        let command = try HeadStartCommand.parseAsRoot(
            ["coordinator", "data", "--out", "run", "--listen", "tcp://127.0.0.1:7733"])
        let plan = try #require(command as? CoordinatorCommand).plan()
        #expect(plan.listenEndpoint == "tcp://127.0.0.1:7733" && plan.localWorkers == 0)
    }

    @Test("a worker's options reach its plan")
    func worker() throws {
        let command = try HeadStartCommand.parseAsRoot([
            "worker", "--connect", "tcp://b:7733", "--data", "x", "--data", "y", "--weights", "w",
            "--threads", "2",
            "--connect-timeout", "5", "--patience", "7", "--cache", "c", "--feature-store", "0",
            "--insecure",
        ])
        var expected = WorkerPlan(connectEndpoint: "tcp://b:7733")
        expected.dataDirectories = [here("x"), here("y")]
        (expected.weightsFile, expected.threads) = (here("w"), 2)
        (expected.connectTimeoutSeconds, expected.patienceSeconds) = (5, 7)
        (expected.cacheDirectory, expected.cacheBounds) = (here("c"), CacheBounds(features: 0))
        expected.isInsecure = true
        #expect(try #require(command as? WorkerCommand).plan(variables: JoinVariables()) == expected)
    }

    @Test("a worker takes its address and token from the environment where no option says otherwise")
    func workerEnvironment() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyFolder(path: folder.path)
        try keys.save()
        func plan(_ arguments: String..., variables: JoinVariables) throws -> WorkerPlan {
            let command = try HeadStartCommand.parseAsRoot(["worker"] + arguments)
            return try #require(command as? WorkerCommand).plan(variables: variables)
        }
        let text = try String(contentsOfFile: keys.tokenPath, encoding: .utf8)
        let file = JoinVariables(address: "tcp://b:1", tokenFile: keys.tokenPath)
        let fromFile = try plan(variables: file)
        #expect(fromFile.connectEndpoint == "tcp://b:1" && fromFile.token != nil)
        #expect(try plan(variables: JoinVariables(address: "tcp://b:1", token: text)) == fromFile)
        #expect(
            try plan("--token-file", keys.tokenPath, variables: JoinVariables(address: "tcp://b:1"))
                == fromFile)
        #expect(try plan("--connect", "tcp://c:1", variables: file).connectEndpoint == "tcp://c:1")
        #expect(try plan("--insecure", variables: file).token == nil)
        #expect(!"\(fromFile)".contains(text.suffix(40).dropLast(5)))
        #expect(throws: PlanError.self) { try plan(variables: JoinVariables(address: "tcp://b:1")) }
        #expect(throws: PlanError.self) { try plan(variables: JoinVariables()) }
        #expect(try plan(variables: JoinVariables(address: "tcp://127.0.0.1:1")).token == nil)
    }
}
