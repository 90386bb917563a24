import ArgumentParser
import ClusterRuntime

/// Whom a coordinator admits.
struct AccessOptions: ParsableArguments {
    @Option(
        help: .init(
            "A folder of keys made by keygen, instead of the run's own.",
            valueName: "dir"), completion: .directory)
    var keys: String?

    @Flag(help: "Leaves the address open to everybody who reaches it: no encryption, no token.")
    var insecure = false

    @Option(
        help: .init(
            "After the end, waits so long for workers that are away, to tell them. (default: 30)",
            valueName: "seconds"))
    var linger: Int?

    func apply(to plan: inout TrainingPlan) {
        if let keys { plan.keyDirectory = keys.absolutePath }
        plan.isInsecure = insecure
        if let linger { plan.lingerSeconds = linger }
    }
}
