import ArgumentParser
import ClusterSimulation

struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Predicts time, traffic and idle share of an epoch for several numbers of workers.",
        discussion: """
            The real state machines run in virtual time, with work and messages that take as long as the \
            options say. One epoch is counted, from the first picture to the last update, without weights that a \
            worker fetches and without validation.

            Example, with what `headstart benchmark` measures on this machine:
              headstart-simulate plan --workers 1,2,4 --pictures 1520 --ms-per-picture 90
            """)

    @Option(help: "Numbers of workers, separated by commas.")
    var workers = "1,2,4,8,16,32,64,128,1000"

    @Option(help: "Training pictures.")
    var pictures = 10_000

    @Option(help: "Milliseconds that a worker needs for one picture's features.")
    var msPerPicture = 86.0

    @Option(help: "Milliseconds that the coordinator needs for one update.")
    var msPerStep = 7.5

    @Option(help: "Milliseconds that a worker needs for a chunk's gradient.")
    var msPerGradient = 0.2

    @Option(help: "The coordinator's network, in Mbit/s each way.")
    var bandwidth = 1000.0

    @Option(help: "Milliseconds that a message is under way, one way.")
    var latency = 0.2

    @Option(help: "Pictures in a step.")
    var batchSize = 32

    @Option(
        help:
            "Pictures that may be computed ahead of their step. (default: what occupies the workers)"
    )
    var lookahead: Int?

    @Option(help: "Bytes of one picture's features, zeros left out.")
    var featureBytes = 40_000

    func validate() throws {
        guard let counts, counts.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("--workers takes positive numbers separated by commas, such as 1,2,4")
        }
        guard pictures > 0, batchSize > 0, lookahead ?? 1 > 0, featureBytes >= 0, msPerPicture > 0,
            msPerStep >= 0, msPerGradient >= 0, bandwidth > 0, latency >= 0
        else { throw ValidationError("sizes, times and speeds must be positive") }
    }

    private var counts: [Int]? {
        let parts = workers.split(separator: ",").map { Int($0) }
        let counts = parts.compactMap { $0 }
        return counts.isEmpty || counts.count < parts.count ? nil : counts
    }

    func run() throws {
        var planner = Planner()
        planner.pictures = pictures
        planner.millisecondsPerPicture = msPerPicture
        planner.millisecondsPerStep = msPerStep
        planner.millisecondsPerGradient = msPerGradient
        planner.megabitsPerSecond = bandwidth
        planner.latencyMilliseconds = latency
        planner.batchSize = batchSize
        planner.lookaheadPictures = lookahead
        planner.sizes.features = featureBytes
        print(
            "\(pictures) pictures, batch \(batchSize), \(msPerPicture) ms a picture, "
                + "\(msPerStep) a step, \(msPerGradient) a gradient; \(bandwidth) Mbit/s, "
                + "\(latency) ms one way")
        print(
            " workers  look-ahead   seconds  ms/step  steps/s  pictures/s  MB up  MB down  idle  head  network"
                + "  bound by")
        for count in counts ?? [] {
            let plan = try planner.predict(workers: count)
            let columns = [
                ("\(count)", 8), ("\(plan.lookahead)", 11), (plan.seconds.shown, 9),
                ((plan.seconds * 1000 / Double(plan.steps)).shown, 8),
                ((Double(plan.steps) / plan.seconds).shown, 8),
                ((Double(plan.pictures) / plan.seconds).shown, 11), ("\(plan.bytesUp / 1_000_000)", 6),
                ("\(plan.bytesDown / 1_000_000)", 8), ("\(Int(plan.idleShare * 100)) %", 5),
                ("\(Int(plan.headShare * 100)) %", 5), ("\(Int(plan.networkShare * 100)) %", 8),
            ]
            print(columns.map(padded).joined(separator: " "), "", plan.bound.rawValue)
        }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
