import ArgumentParser

/// `headstart completions`: prints completion scripts for shells.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Prints a shell's completion script, for commands, options, values and files.",
        discussion: """
            The Debian package installs these scripts. Elsewhere, save the script for bash as \
            ~/.local/share/bash-completion/completions/headstart, for zsh as _headstart in a folder of \
            $fpath, for fish as ~/.config/fish/completions/headstart.fish.

            Example:
              headstart completions fish > ~/.config/fish/completions/headstart.fish
            """)

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
