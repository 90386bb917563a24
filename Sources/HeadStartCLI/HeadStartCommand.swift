import ArgumentParser

/// The root of all commands.
package struct HeadStartCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "headstart",
        abstract: "Trains an image classifier on your own folders of pictures, on one machine or many.",
        discussion: """
            Results go to standard output, progress and the log to standard error. Exit codes: 0 done, 1 \
            failed, 64 bad usage, 69 a worker found no coordinator, 130 interrupted by a signal with the \
            state saved, 141 the reader of the results has closed the pipe.

            Example:
              headstart sample pictures
              headstart train pictures/train --weights random:7 --out runs/first
              headstart predict pictures/val --model runs/first
            """,
        version: version,
        subcommands: [
            TrainCommand.self, CoordinatorCommand.self, WorkerCommand.self, LaunchCommand.self,
            RunCommand.self, ClusterCommand.self, RunsCommand.self, DoctorCommand.self, PredictCommand.self,
            EvaluateCommand.self, ExportCommand.self, FeaturesCommand.self, PreviewCommand.self,
            SampleCommand.self,
            WeightsCommand.self, BenchmarkCommand.self, KeygenCommand.self, CompletionsCommand.self,
        ])

    static let version = "0.1.0"

    package init() {}

    /// Runs the command given by `arguments`, without the program's name, and returns the exit code.
    package static func execute(_ arguments: [String]) -> Int32 {
        var log = LogSettings()
        let code = perform(arguments, log: &log)
        do {
            try StandardOutput.flush()
            return code
        } catch {
            let failure = Failure(error, arguments: arguments)
            if let line = failure.line { log.error(line) }
            return code == Exit.done ? failure.exitCode : code
        }
    }

    /// - Parameter log: set to the command's log settings once they are known; errors before that are text.
    private static func perform(_ arguments: [String], log: inout LogSettings) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            if let logging = command as? any LoggingCommand { log = try logging.log.settings() }
            try command.run()
            return Exit.done
        } catch  where exitCode(for: error) == .success {
            print(message(for: error))  // Help and version.
            return Exit.done
        } catch {
            let failure = Failure(error, arguments: arguments)
            if let line = failure.line { log.error(line) }
            return failure.exitCode
        }
    }
}
