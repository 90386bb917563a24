import ClusterRuntime

extension ChaosPlan {
    /// Throws for the first invalid value.
    package func validate() throws(PlanError) {
        try TrainingPlan.require(workers, in: 1...256, "--workers")
        for (option, seconds) in [
            ("--kill-every", killEvery), ("--stop-every", stopEvery), ("--stop-seconds", stopSeconds),
            ("--cut-every", cutEvery), ("--slow-every", slowEvery),
            ("--network-fault-seconds", networkFaultSeconds),
            ("--kill-coordinator-every", killCoordinatorEvery),
            ("--join-after", joinAfter), ("--fault-seconds", faultSeconds),
        ] {
            guard let seconds else { continue }
            guard seconds >= 0.05, seconds <= 86_400 else {
                throw PlanError(
                    option: option, problem: "\(seconds) can't be used",
                    remedy: "give seconds from 0.05 to 86400")
            }
        }
    }
}
