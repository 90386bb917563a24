import ArgumentParser
import Foundation
import Testing

@testable import HeadStartCLI

@Suite("Help texts are what their golden files say")
struct HelpSnapshotTests {
    /// The root, the commands and their subcommands.
    static let commands: [ParsableCommand.Type] = {
        func withSubcommands(_ command: ParsableCommand.Type) -> [ParsableCommand.Type] {
            [command] + command.configuration.subcommands.flatMap(withSubcommands)
        }
        return withSubcommands(HeadStartCommand.self)
    }()

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Snapshots")

    private static func fileName(_ command: ParsableCommand.Type) -> String {
        String(describing: command).replacing("Command", with: "").lowercased() + ".txt"
    }

    @Test("every command's help", arguments: Self.commands.indices)
    func help(index: Int) throws {
        let command = Self.commands[index]
        let text = HeadStartCommand.helpMessage(for: command, columns: 80) + "\n"
        let file = Self.folder.appending(path: Self.fileName(command))
        if ProcessInfo.processInfo.environment["HEADSTART_RECORD_SNAPSHOTS"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        #expect(
            text == golden,
            "HEADSTART_RECORD_SNAPSHOTS=1 make test records the new text, to be read and committed")
    }

    @Test("every command shows an example of itself", arguments: Self.commands.indices)
    func example(index: Int) {
        let discussion = Self.commands[index].configuration.discussion
        #expect(discussion.contains("Example:\n  headstart "))
        let lines = discussion.split(separator: "\n").filter { $0.hasPrefix("  ") }
        #expect(lines.allSatisfy { $0.count <= 80 }, "a command that is wrapped can't be copied")
    }

    @Test("no golden file is left over from a command that is gone")
    func noLeftovers() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(files) == Set(Self.commands.map(Self.fileName)))
    }
}
