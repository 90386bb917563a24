import ArgumentParser
import ClusterRuntime
import TrainingProtocol
import TrainingReports
import VGGBackbone

/// `headstart benchmark network`: the bytes of a step and their transfer time.
struct BenchmarkNetworkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "Calculates the bytes per step for each exchange, and their transfer time on a network.",
        discussion: """
            The time is that of the bytes alone through the coordinator's connection, in both directions at \
            once; feature extraction and the update are not included.

            Example:
              headstart benchmark network --workers 8 --bandwidth 1000
            """)

    @Option(help: .init("Workers that take part in a step.", valueName: "count"))
    var workers = 2

    @Option(help: .init("The coordinator's bandwidth, in megabits per second.", valueName: "Mbit/s"))
    var bandwidth = 1000.0

    @Option(help: .init("Pictures per step.", valueName: "count"))
    var batchSize = 32

    @Option(help: .init("Units in the hidden dense layer.", valueName: "count"))
    var hiddenUnits = 256

    @Option(help: .init("The number of classes.", valueName: "count"))
    var classes = 2

    @Option(
        help: .init(
            "The share of features that are zero; ImageNet weights give 0.71 to 0.88.", valueName: "share"))
    var zeros = 0.71

    @Flag(help: "Prints JSON instead.")
    var json = false

    /// One exchange as --json prints it.
    private struct Row: Encodable {
        let exchange: String
        let bytesUp: Int
        let bytesDown: Int
        let milliseconds: Double
    }

    func validate() throws {
        try validateCounts([
            ("--workers", workers), ("--batch-size", batchSize), ("--hidden-units", hiddenUnits),
            ("--classes", classes),
        ])
        guard bandwidth > 0, bandwidth.isFinite else {
            throw ValidationError(
                "--bandwidth: \(bandwidth) can't be used; give megabits per second, such as 1000")
        }
        guard (0..<1).contains(zeros) else {
            throw ValidationError("--zeros: \(zeros) can't be used; give a share of at least 0 and below 1")
        }
    }

    func run() throws {
        let rows = [
            row("gradients", .gradients, kept: false), row("factors", .factors, kept: false),
            row("factors, features kept", .factors, kept: true),
        ]
        if json {
            print(try JSONText.pretty(rows))
            return
        }
        print(
            "batch \(batchSize), \(VGGArchitecture.featureCount) -> \(hiddenUnits) -> \(classes), \(workers) workers"
        )
        for row in rows {
            let time = ProgressText.fixed(row.milliseconds, digits: 1)
            print("  \(row.exchange): \(row.bytesUp) bytes up, \(row.bytesDown) down, \(time) ms per step")
        }
    }

    private func row(_ name: String, _ exchange: Exchange, kept: Bool) -> Row {
        let cost = ExchangeCost(
            exchange, batchSize: batchSize, featureCount: VGGArchitecture.featureCount,
            hiddenUnits: hiddenUnits,
            classCount: classes, zeros: zeros, workers: workers, featuresAreKept: kept)
        // On a duplex link the two directions don't share bandwidth.
        let slower = max(cost.bytesUp, cost.bytesDown)
        return Row(
            exchange: name, bytesUp: cost.bytesUp, bytesDown: cost.bytesDown,
            milliseconds: Double(slower) * 8 / (bandwidth * 1000))
    }
}
