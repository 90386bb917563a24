import ArgumentParser
import ClusterRuntime
import Doctor
import Foundation
import VGGBackbone

/// `headstart doctor`: checks the machine, the data and the connection.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks this machine, a data set and the connection to a coordinator.",
        discussion: """
            Prints a line for each check, and a remedy where something is wrong. The exit code is 1 if a \
            check failed; warnings don't count. The connection check presents its key and greets the \
            coordinator without joining the run.

            Example:
              headstart doctor photos --connect tcp://192.168.1.5:7733 --token-file token
            """)

    @Argument(help: "A folder of classes, or a folder that holds train and val.", completion: .directory)
    var data: String?

    @Option(
        help: .init("The folder of validation pictures, if it is elsewhere.", valueName: "dir"),
        completion: .directory)
    var validation: String?

    @Option(
        help: .init("The backbone's weights: imagenet, random:SEED, or a file.", valueName: "source"),
        completion: .file(extensions: ["h5", "safetensors"]))
    var weights = "imagenet"

    @Option(help: .init("The network.", valueName: "network"))
    var backbone = VGGArchitecture.vgg16

    @OptionGroup(title: "Coordinator") var join: JoinOptions

    @OptionGroup(title: "Machine") var machine: MachineOptions

    @Flag(help: "Prints a JSON array instead.")
    var json = false

    func run() throws {
        let environment = try machine.environment()
        let variables = JoinVariables.current()
        let connects = join.connect ?? variables.address != nil
        var checks = MachineChecks.all(
            weights: try WeightsSource(option: weights), architecture: backbone,
            isWorker: connects && data == nil, environment: environment)
        if let data { checks += DatasetChecks.all(data, validation: validation) }
        if connects {
            let plan = try join.plan(variables: variables)
            try plan.validate()
            checks += ConnectionChecks(plan).all()
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(checks), as: UTF8.self))
        } else {
            for line in Self.lines(checks) { print(line) }
        }
        if checks.contains(where: { $0.verdict == .fail }) { throw ExitCode(Exit.failed) }
    }

    /// A line with verdict, name and finding for each check, with the remedy below.
    static func lines(_ checks: [Check]) -> [String] {
        let width = checks.map(\.name.count).max() ?? 0
        return checks.flatMap { check in
            let name = check.name.padding(toLength: width, withPad: " ", startingAt: 0)
            let verdict = check.verdict.rawValue.padding(toLength: 4, withPad: " ", startingAt: 0)
            let line = "\(verdict)  \(name)  \(check.finding)".printable
            let indent = String(repeating: " ", count: width + 8)
            return [line] + (check.remedy.map { ["\(indent)→ \($0)".printable] } ?? [])
        }
    }
}
