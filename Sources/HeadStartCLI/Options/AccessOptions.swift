import ArgumentParser
import ClusterRuntime

/// Which workers a coordinator admits.
struct AccessOptions: ParsableArguments {
    @Option(
        help: .init(
            "A folder of keys created by keygen, used instead of the run's own.",
            valueName: "dir"), completion: .directory)
    var keys: String?

    @Flag(help: "Admits every worker that can reach the address, without encryption or a token.")
    var insecure = false

    @Option(
        help: .init(
            "How long to stay after the run, to tell disconnected workers that it is over. (default: 30)",
            valueName: "seconds"))
    var linger: Int?

    func apply(to plan: inout TrainingPlan) {
        if let keys { plan.keyDirectory = keys.absolutePath }
        plan.isInsecure = insecure
        if let linger { plan.lingerSeconds = linger }
    }
}
