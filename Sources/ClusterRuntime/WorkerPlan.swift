import TrainingProtocol
import ZeroMQTransport

/// The options of `headstart worker`.
package struct WorkerPlan: Sendable, Equatable {
    /// The coordinator's address, such as "tcp://192.168.1.5:7733".
    package var connectEndpoint: String
    /// Identifies the coordinator and admits this worker; `nil` connects without encryption.
    package var token: JoinToken?
    /// Connects without encryption to other machines too.
    package var isInsecure = false
    /// Folders with copies of the pictures, which are found by digest.
    package var dataDirectories: [String] = []
    /// A copy of the weight file, used if its digest is the run's.
    package var weightsFile: String?
    /// `nil` takes every core.
    package var threads: Int?
    /// How long it tries to reach a coordinator that has never answered.
    package var connectTimeoutSeconds = Int(WorkerLimits().connectTimeout.components.seconds)
    /// How long it waits for a coordinator that has gone away before it leaves.
    package var patienceSeconds = Int(WorkerLimits().patience.components.seconds)
    /// Leaves when standard input closes: the process that started it holds the other end.
    package var leavesWithParent = false
    /// `nil` takes the cache folder of the environment.
    package var cacheDirectory: String?
    package var cacheBounds = CacheBounds()

    /// A plan with the default values; change them and call `validate()`.
    package init(connectEndpoint: String) { self.connectEndpoint = connectEndpoint }

    /// Throws for the first invalid value.
    package func validate() throws(PlanError) {
        try TrainingPlan.requireEndpoint(connectEndpoint, "--connect", toDial: true)
        if let threads { try TrainingPlan.require(threads, in: 1...1024, "--threads") }
        try TrainingPlan.require(connectTimeoutSeconds, in: 1...86_400, "--connect-timeout")
        try TrainingPlan.require(patienceSeconds, in: 0...604_800, "--patience")
        try cacheBounds.validate()
        try validateSecurity()
    }
}
