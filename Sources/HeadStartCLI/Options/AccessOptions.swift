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

    func apply(to plan: inout TrainingPlan) {
        if let keys { plan.keyDirectory = keys.absolutePath }
        plan.isInsecure = insecure
    }
}
