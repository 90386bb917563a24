import ArgumentParser

/// The root of all commands.
package struct HeadStartCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "headstart",
        abstract: "Trains an image classifier on your own folders of pictures, on one machine or many.",
        discussion: """
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
            WeightsCommand.self, BenchmarkCommand.self, KeygenCommand.self,
        ])

    /// This program's version.
    static let version = "0.1.0"

    package init() {}

    /// Runs the command that `arguments` (without the program's name) ask for, and gives the exit code.
    package static func execute(_ arguments: [String]) -> Int32 {
        let code = perform(arguments)
        do {
            try StandardOutput.flush()
            return code
        } catch {
            let failure = Failure(error, arguments: arguments)
            if let line = failure.line { StandardError.error(line) }
            return code == Exit.done ? failure.exitCode : code
        }
    }

    private static func perform(_ arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return Exit.done
        } catch  where exitCode(for: error) == .success {
            print(message(for: error))  // Help and version.
            return Exit.done
        } catch {
            let failure = Failure(error, arguments: arguments)
            if let line = failure.line { StandardError.error(line) }
            return failure.exitCode
        }
    }
}
