import ArgumentParser
import Foundation
import Testing

@testable import HeadStartCLI

@Suite("The documents name commands and options that exist")
struct DocumentedOptionTests {
    /// What stands before the program's name where a line runs it.
    private let start = /(?:^|^\$ |sudo |-u headstart |srun |&& |; |-- )headstart (?<rest>[a-z-].*)$/

    /// The words that a shell makes of a line, from `headstart` to the command's end; none where the line
    /// doesn't run it. With nothing on PATH, for it is a document's line.
    private func words(_ line: String) throws -> [String] {
        guard let match = line.firstMatch(of: start) else { return [] }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        let command = match.rest.prefix { !"|&;<>".contains($0) }
        process.arguments = ["-fc", "headstart() { printf '%s\\0' \"$@\"; }\nheadstart \(command)"]
        process.environment = ["PATH": "/nonexistent"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return data.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }.filter { $0 != "…" }
    }

    /// What the program says against the words; `nil` if it takes them.
    private func complaint(_ words: [String]) -> String? {
        do {
            _ = try HeadStartCommand.parseAsRoot(words)
            return nil
        } catch  where HeadStartCommand.exitCode(for: error) == .success {
            return nil  // Help and version.
        } catch {
            return HeadStartCommand.message(for: error)
        }
    }

    @Test("every headstart line of a code block is one that the program takes")
    func blocks() throws {
        var count = 0
        for document in Document.all {
            for block in document.blocks where block.mayHoldCommands {
                for line in block.commands {
                    let words = try words(line)
                    guard !words.isEmpty else { continue }
                    count += 1
                    let complaint = complaint(words)
                    #expect(complaint == nil, "\(document.name):\(block.number): \(line)")
                }
            }
        }
        #expect(count > 20)
    }

    @Test("every `headstart …` in running text is one that the program takes, as far as it goes")
    func spans() throws {
        for document in Document.all {
            for span in document.spans where span.text.hasPrefix("headstart ") {
                let complaint = complaint(try words(span.text))
                // A command is often named without all that it takes.
                let isIncomplete = complaint?.hasPrefix("Missing ") ?? false
                #expect(complaint == nil || isIncomplete, "\(document.name):\(span.number): \(span.text)")
            }
        }
    }

    @Test("every `--option` in README and docs is some command's")
    func options() {
        func withSubcommands(_ command: ParsableCommand.Type) -> [ParsableCommand.Type] {
            [command] + command.configuration.subcommands.flatMap(withSubcommands)
        }
        let helps = withSubcommands(HeadStartCommand.self).map { HeadStartCommand.helpMessage(for: $0) }
        let known = Set(helps.joined().matches(of: /--[a-z-]+/).map { String($0.0) })
        for document in Document.all where !document.name.hasPrefix("deploy/") {
            for span in document.spans {
                guard let option = span.text.prefixMatch(of: /--[a-z-]+/) else { continue }
                #expect(known.contains(String(option.0)), "\(document.name):\(span.number): \(span.text)")
            }
        }
    }
}
