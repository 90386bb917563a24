import ArgumentParser

/// `headstart benchmark`: what this machine does.
struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Measures this machine: the backbone, and a step of the head.",
        discussion: """
            Example:
              headstart benchmark backbone
            """,
        subcommands: [])
}
