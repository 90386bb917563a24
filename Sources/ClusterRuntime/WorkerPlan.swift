import TrainingProtocol
import ZeroMQTransport

/// Everything that `headstart worker` was asked to do.
package struct WorkerPlan: Sendable, Equatable {
    /// The coordinator's address, such as "tcp://192.168.1.5:7733".
    package var connectEndpoint: String
    /// What the coordinator is known by, and this worker to it; `nil` connects without encryption.
    package var token: JoinToken?
    /// Connects without encryption to other machines too.
    package var isInsecure = false
    /// Folders that hold own copies of the pictures, looked through by digest.
    package var dataDirectories: [String] = []
    /// An own copy of the weight file, used where its digest is the run's.
    package var weightsFile: String?
    /// `nil` takes every core.
    package var threads: Int?
    /// How long it tries to reach a coordinator that has never answered.
    package var connectTimeoutSeconds = Int(WorkerLimits().connectTimeout.components.seconds)
    /// How long it waits for a coordinator that was there and went, before it leaves.
    package var patienceSeconds = Int(WorkerLimits().patience.components.seconds)
    /// Leaves when standard input ends: it was started by a process that holds the other end.
    package var leavesWithParent = false
    /// `nil` takes the cache folder of the environment.
    package var cacheDirectory: String?
    package var cacheBounds = CacheBounds()

    /// A plan with the standard values; change them and call `validate()`.
    package init(connectEndpoint: String) { self.connectEndpoint = connectEndpoint }

    /// Throws for the first value that can't be used.
    package func validate() throws(PlanError) {
        try TrainingPlan.requireEndpoint(connectEndpoint, "--connect", toDial: true)
        if let threads { try TrainingPlan.require(threads, in: 1...1024, "--threads") }
        try TrainingPlan.require(connectTimeoutSeconds, in: 1...86_400, "--connect-timeout")
        try TrainingPlan.require(patienceSeconds, in: 0...604_800, "--patience")
        try cacheBounds.validate()
        try validateSecurity()
    }
}
