import ArgumentParser

/// `headstart weights`: weight files of the backbone.
struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Shows, downloads and converts the backbone's weights.",
        discussion: """
            Example:
              headstart weights fetch
              headstart weights show imagenet
            """,
        subcommands: [])
}
