import ArgumentParser

/// `headstart completions`: what makes a shell complete this program's options.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Prints a shell's completion script: commands, options, values, files.",
        discussion: """
            The Debian package has these in place. Elsewhere bash takes the script from \
            ~/.local/share/bash-completion/completions/headstart, zsh from _headstart in a folder of $fpath, fish from \
            ~/.config/fish/completions/headstart.fish.

            Example:
              headstart completions fish > ~/.config/fish/completions/headstart.fish
            """)

    /// The shells there are scripts for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash
        case zsh
        case fish

        var completionShell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws { print(HeadStartCommand.completionScript(for: shell.completionShell)) }
}
