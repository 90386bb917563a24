import ClusterRuntime
import Foundation
import Imaging
import TestSupport
import Testing

@testable import HeadStartCLI

@Suite("A report's command does the run again")
struct RepeatingCommandTests {
    /// The words that a shell makes of a line.
    private func words(_ line: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "headstart() { printf '%s\\0' \"$@\"; }\n" + line]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return data.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// What `headstart` reads from a plan's command.
    private func read(_ plan: TrainingPlan) throws -> TrainingPlan {
        let command = try HeadStartCommand.parseAsRoot(words(plan.repeatingCommand))
        return try #require(command as? TrainCommand).plan()
    }

    @Test("the recipe's command is short and the same plan")
    func recipe() throws {
        let plan = TrainingPlan(trainDirectory: "/data/train", output: "/runs/first")
        #expect(
            plan.repeatingCommand == """
                headstart train /data/train \\
                  --out /runs/first-again \\
                  --weights imagenet \\
                  --epochs 10 \\
                  --seed 0
                """)
        #expect(try read(plan).optionsThatChangeTheModel(from: plan).isEmpty)
    }

    @Test("every option that changes the model is in it, and no name can mean anything to the shell")
    func everyOption() throws {
        var plan = TrainingPlan(trainDirectory: "/my data/it's $(id) `x`\n;&\"", output: "/runs/-a b")
        plan.validation = .folder("/val/*")
        plan.weights = .random(7)
        plan.architecture = .vgg19
        plan.preprocessing = .caffe
        plan.hiddenUnits = 64
        plan.augmentation = AugmentationRanges(shearDegrees: 10, zoom: 0.1, horizontalFlip: false)
        (plan.epochs, plan.batchSize, plan.learningRate, plan.seed) = (3, 16, 1e-5, .max)
        (plan.augmentsValidation, plan.earlyStoppingPatience) = (true, 2)
        (plan.honorsExifOrientation, plan.includesHiddenFolders, plan.allowsEmptyClasses) = (true, true, true)
        plan.pixelLimit = 1000
        var again = plan
        again.output += "-again"
        #expect(try read(plan) == again)
        plan.validation = .split(0.25)
        plan.augmentation = nil
        plan.augmentsValidation = false
        again = plan
        again.output += "-again"
        #expect(try read(plan) == again)
    }
}
