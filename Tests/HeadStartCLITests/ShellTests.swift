import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import HeadStartCLI

/// Whether a program can be called by this name.
private func isInstalled(_ name: String) -> Bool {
    ["/usr/bin/", "/bin/", "/usr/local/bin/"].contains { access($0 + name, X_OK) == 0 }
}

/// Runs a program by its name and gives what it wrote to both streams.
private func output(_ name: String, _ arguments: [String], in folder: String) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
}

@Suite("Shells complete commands, options, values and files")
struct CompletionTests {
    /// Words of a command line, and what its last one is completed to, in a folder that holds pictures/ and
    /// notes.txt.
    static let cases: [(words: [String], completions: Set<String>)] = [
        (["headstart", "tra"], ["train"]),
        (["headstart", "weights", "co"], ["convert"]),
        (["headstart", "train", "--back"], ["--backbone"]),
        (["headstart", "train", "--backbone", "vgg"], ["vgg16", "vgg19"]),
        (["headstart", "train", "--exchange", "f"], ["factors"]),
        (["headstart", "train", "--augment", "n"], ["none"]),
        (["headstart", "export", "--format", "o"], ["onnx"]),
        (["headstart", "worker", "--log-level", "w"], ["warning"]),
        (["headstart", "completions", "z"], ["zsh"]),
        (["headstart", "train", "pic"], ["pictures"]),
        (["headstart", "train", "n"], []),
        (["headstart", "launch", "--hosts", "n"], ["notes.txt"]),
    ]

    private func folder(_ shell: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("pictures/a/b.png", [])
        try folder.write("notes.txt", [])
        let script = try Program.run(["completions", shell])
        #expect(script.status == 0 && script.output.count > 1000)
        try folder.write(shell == "zsh" ? "_headstart" : "script." + shell, script.output.utf8)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("headstart"), withDestinationPath: Program.path)
        return folder
    }

    @Test("bash", arguments: Self.cases.indices)
    func bash(index: Int) throws {
        let (words, completions) = Self.cases[index]
        let folder = try folder("bash")
        let text = try output(
            "bash",
            [
                "-c",
                """
                source script.bash
                COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
                COMP_TYPE=9; COMP_KEY=9
                _headstart headstart "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                printf '%s\\n' "${COMPREPLY[@]}"
                """, "bash",
            ] + words, in: folder.path)
        #expect(Set(text.split(separator: "\n").map(String.init)) == completions, "\(text)")
    }

    @Test(
        "fish", .enabled(if: isInstalled("fish"), "fish is not installed (apt-get install fish)"),
        arguments: Self.cases.indices)
    func fish(index: Int) throws {
        let (words, completions) = Self.cases[index]
        let folder = try folder("fish")
        let text = try output(
            "fish",
            [
                "--no-config", "-c",
                "set -x HOME $PWD; set -x PATH $PWD $PATH; source script.fish; complete -C \"\(words.joined(separator: " "))\"",
            ], in: folder.path)
        let found = text.split(separator: "\n").map { line in
            line.prefix { $0 != "\t" }.trimmingSuffix("/")
        }
        // fish offers files beside what a script says.
        #expect(completions.isEmpty || completions.isSubset(of: found), "\(text)")
    }

    @Test(
        "zsh", .enabled(if: isInstalled("zsh"), "zsh is not installed (apt-get install zsh)"))
    func zsh() throws {
        let folder = try folder("zsh")
        let text = try output(
            "zsh",
            [
                "-f", "-c",
                """
                zmodload zsh/zpty
                zpty -b shell "PS1= TERM=dumb zsh -f -i"
                zpty -w shell 'fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=1000'
                zpty -w shell 'bindkey "^I" complete-word; zstyle ":completion:*" menu no'
                sleep 1
                zpty -n -w shell $'./headstart train pic\\t\\n'
                sleep 1
                zpty -n -w shell $'./headstart comple\\t\\n'
                sleep 2
                while zpty -r -t shell line; do print -r -- "$line"; done
                """,
            ], in: folder.path)
        #expect(text.contains("train pictures/"), "\(text)")
        #expect(text.contains("headstart completions"), "\(text)")
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ end: String) -> String {
        hasSuffix(end) ? String(dropLast(end.count)) : String(self)
    }
}

@Suite("Man pages are made of the program's own help")
struct ManPageTests {
    private static let script = ProjectFolder.url.appending(path: "scripts/man").path

    private func madePages() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        #expect(try output(Self.script, [Program.path, folder.path("man")], in: folder.path) == "")
        return folder
    }

    @Test("every command has a page with its options, exit statuses and examples")
    func pages() throws {
        let folder = try madePages()
        for command in HelpSnapshotTests.commands {
            let name = Self.pageName(command)
            let text = try String(contentsOfFile: folder.path("man/" + name), encoding: .utf8)
            for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES"] {
                #expect(text.contains("\n.SH \(heading)\n"), "\(name) has no \(heading)")
            }
        }
        let all = try FileManager.default.contentsOfDirectory(atPath: folder.path("man"))
        #expect(all.count == HelpSnapshotTests.commands.count)
        let root = try String(contentsOfFile: folder.path("man/headstart.1"), encoding: .utf8)
        #expect(root.contains("\n.SH ENVIRONMENT\n") && root.contains("\n.SH FILES\n"))
    }

    /// The page of a command: its names, which the abstract methods of the parser don't tell, by its help.
    private static func pageName(_ command: ParsableCommand.Type) -> String {
        let usage =
            HeadStartCommand.helpMessage(for: command).split(separator: "\n")
            .first { $0.hasPrefix("USAGE: ") } ?? ""
        let words = usage.dropFirst("USAGE: ".count).split(separator: " ")
            .prefix { !$0.hasPrefix("[") && !$0.hasPrefix("<") && !$0.hasPrefix("-") }
        return words.joined(separator: "-") + ".1"
    }

    @Test(
        "mandoc finds nothing to warn of",
        .enabled(if: isInstalled("mandoc"), "mandoc is not installed (apt-get install mandoc)"))
    func mandoc() throws {
        let folder = try madePages()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("man")).sorted()
        #expect(!names.isEmpty)
        let text = try output("mandoc", ["-T", "lint", "-W", "warning"] + names, in: folder.path("man"))
        #expect(text.isEmpty, "\(text)")
    }
}
