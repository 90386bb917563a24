import ClusterRuntime

extension TrainingPlan {
    /// The plan that the options of `train` or `coordinator` ask for: those of the run that is resumed, or the
    /// recipe's, changed where an option is given.
    init(
        data: DataOptions, network: NetworkOptions, augmentation options: AugmentationOptions,
        schedule: ScheduleOptions, run: RunOptions
    ) throws {
        self.init(trainDirectory: data.trainDirectory, output: run.output)
        if run.resume { self = try TrainingPlan(recordedIn: run.output) }
        try data.apply(to: &self)
        try network.apply(to: &self)
        augmentation = try options.ranges(from: augmentation)
        schedule.apply(to: &self)
        run.apply(to: &self)
    }
}
