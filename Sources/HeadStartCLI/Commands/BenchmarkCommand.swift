import ArgumentParser
import ClassifierHead
import ClusterRuntime
import Foundation
import TrainingReports
import VGGBackbone

/// `headstart benchmark`: measures this machine.
struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract:
            "Measures this machine: reading pictures, the backbone, a training step, and its network bytes.",
        discussion: """
            Example:
              headstart benchmark backbone
              headstart benchmark head
              headstart benchmark imaging photos/train
              headstart benchmark network --bandwidth 1000
            """,
        subcommands: [
            BenchmarkBackboneCommand.self, BenchmarkHeadCommand.self, BenchmarkImagingCommand.self,
            BenchmarkNetworkCommand.self,
        ])
}

/// `headstart benchmark backbone`: the backbone's time per picture.
struct BenchmarkBackboneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backbone",
        abstract: "Measures the backbone: ms per picture, compared with the machine's limit.",
        discussion: """
            The limit is the time of the algorithm's multiply-adds alone, at the rate that this machine \
            reaches for independent multiply-adds in registers.

            Example:
              headstart benchmark backbone --threads 1
            """)

    @Option(help: .init("The network.", valueName: "name"))
    var backbone = VGGArchitecture.vgg16

    @Option(help: .init("Threads to compute with. (default: all cores)", valueName: "count"))
    var threads: Int?

    @Option(help: .init("Pictures per batch.", valueName: "count"))
    var batch = FeaturePipeline.batchSize

    @Flag(help: "Prints JSON instead, with each layer.")
    var json = false

    /// The measures as --json prints them.
    private struct Measures: Encodable {
        struct Layer: Encodable {
            let name: String
            let millisecondsPerPicture: Double
            let gigaflops: Double
        }
        let kernels: String
        let threads: Int
        let batch: Int
        let millisecondsPerPicture: Double
        let limitMilliseconds: Double
        let directLimitMilliseconds: Double
        let peakGigaflops: Double
        let layers: [Layer]
    }

    func validate() throws {
        try validateCounts([("--threads", threads ?? 1), ("--batch", batch)])
    }

    func run() throws {
        let environment = try RuntimeEnvironment.current()
        let threads = threads ?? environment.processorCount
        let result = BackboneBenchmark.run(
            architecture: backbone, kernels: environment.kernels, threads: threads, batch: batch, rounds: 5)
        if json {
            print(
                try JSONText.pretty(
                    Measures(
                        kernels: environment.kernels.rawValue, threads: threads, batch: batch,
                        millisecondsPerPicture: result.millisecondsPerPicture,
                        limitMilliseconds: result.limitMilliseconds,
                        directLimitMilliseconds: result.directLimitMilliseconds,
                        peakGigaflops: result.peakGigaflops,
                        layers: result.layers.map {
                            .init(
                                name: $0.name, millisecondsPerPicture: $0.millisecondsPerPicture,
                                gigaflops: $0.gigaflops)
                        })))
            return
        }
        func tenths(_ value: Double) -> String { ProgressText.fixed(value, digits: 1) }
        print("\(backbone.rawValue), \(environment.kernels.rawValue), \(threads) threads, batch \(batch)")
        print("  \(tenths(result.millisecondsPerPicture)) ms per picture")
        print(
            "  \(tenths(result.limitMilliseconds)) ms limit of this algorithm at \(tenths(result.peakGigaflops)) GFLOP/s"
        )
        print("  \(tenths(result.directLimitMilliseconds)) ms limit of the direct algorithm")
    }
}

/// `headstart benchmark head`: the time of a training step.
struct BenchmarkHeadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head",
        abstract: "Measures a training step of the head, compared with memory traffic alone.",
        discussion: """
            Measures first the pass over weights and moments in one process, then whole steps of a real run \
            with a coordinator and --workers worker processes, whose features are computed once and kept.

            Example:
              headstart benchmark head --batch-size 32
            """)

    @Option(help: .init("Pictures per step.", valueName: "count"))
    var batchSize = 32

    @Option(help: .init("Units in the hidden dense layer.", valueName: "count"))
    var hiddenUnits = 256

    @Option(
        help: .init(
            "The share of features that are zero; ImageNet weights give 0.71 to 0.88.", valueName: "share"))
    var zeros = 0.71

    @Option(help: .init("Worker processes for the whole steps.", valueName: "count"))
    var workers = 2

    @Flag(help: "Prints JSON instead.")
    var json = false

    /// The measures as --json prints them.
    private struct Measures: Encodable {
        let batchSize: Int
        let hiddenUnits: Int
        let zeros: Double
        let passMilliseconds: Double
        let memoryMilliseconds: Double
        let workers: Int
        let stepMilliseconds: Double
    }

    func validate() throws {
        try validateCounts([
            ("--batch-size", batchSize), ("--hidden-units", hiddenUnits), ("--workers", workers),
        ])
        guard (0..<1).contains(zeros) else {
            throw ValidationError("--zeros: \(zeros) can't be used; give a share of at least 0 and below 1")
        }
    }

    func run() throws {
        let environment = try RuntimeEnvironment.current()
        let shape = HeadShape(
            featureCount: VGGArchitecture.featureCount, hiddenUnits: hiddenUnits, classCount: 2)
        let pass = HeadBenchmark.run(
            shape: shape, batch: batchSize, zeros: zeros, threads: environment.processorCount, steps: 50,
            kernels: environment.kernels)
        let step = try ClusterStepBenchmark(
            batchSize: batchSize, hiddenUnits: hiddenUnits, workers: workers, environment: environment
        ).millisecondsPerStep()
        if json {
            print(
                try JSONText.pretty(
                    Measures(
                        batchSize: batchSize, hiddenUnits: hiddenUnits, zeros: zeros,
                        passMilliseconds: pass.millisecondsPerStep,
                        memoryMilliseconds: pass.memoryMilliseconds,
                        workers: workers, stepMilliseconds: step)))
            return
        }
        func tenths(_ value: Double) -> String { ProgressText.fixed(value, digits: 1) }
        print(
            "batch \(batchSize), \(VGGArchitecture.featureCount) -> \(hiddenUnits) -> 2, \(environment.kernels.rawValue)"
        )
        print(
            "  \(tenths(pass.millisecondsPerStep)) ms per pass: gradient, Adam and the next sums, zeros \(zeros)"
        )
        print("  \(tenths(pass.memoryMilliseconds)) ms to move weights and moments through memory")
        print("  \(tenths(step)) ms per whole step with \(workers) worker processes, by the epochs of a run")
    }
}

/// Throws unless all values are from 1 to 65536.
func validateCounts(_ counts: [(option: String, value: Int)]) throws {
    for (option, value) in counts where !(1...65_536).contains(value) {
        throw ValidationError("\(option): \(value) can't be used; give a whole number from 1 to 65536")
    }
}
