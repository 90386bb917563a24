import Foundation
import TestSupport
import Testing

/// The rules of the house that a compiler doesn't keep, read off the sources.
@Suite("The project keeps its rules")
struct ProjectRulesTests {
    private static let root = ProjectFolder.url

    private static func files(in folder: String, endings: [String]) -> [(path: String, text: String)] {
        let base = root.appending(path: folder)
        let walker = FileManager.default.enumerator(atPath: base.path)
        return (walker?.allObjects as? [String] ?? []).sorted().compactMap { path in
            guard endings.contains(where: path.hasSuffix), !path.hasSuffix(".pb.swift"),
                let text = try? String(contentsOf: base.appending(path: path), encoding: .utf8)
            else { return nil }
            return (folder + "/" + path, text)
        }
    }

    /// That a target declares what it imports, SwiftPM checks.
    @Test("a target imports each target that it depends on")
    func dependencies() throws {
        let package = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        let sources = ["Sources", "Tests"].flatMap { Self.files(in: $0, endings: [".swift"]) }
        var count = 0
        for target in package.matches(of: /\.target\(\s*name: "(\w+)",\s*dependencies: \[([^\]]*)\]/) {
            let own = sources.filter { $0.path.split(separator: "/")[1] == target.1 }
            for dependency in target.2.matches(of: /"(\w+)"/).map(\.1) {
                let isImported = own.contains { $0.text.contains("import \(dependency)\n") }
                #expect(isImported, "\(target.1) does not import \(dependency)")
                count += 1
            }
        }
        #expect(count > 50)
    }

    @Test("a file has at most 400 lines and a line at most 110 columns")
    func sizes() {
        for file in Self.files(in: "Sources", endings: [".swift", ".c", ".h"])
            + Self.files(in: "Tests", endings: [".swift"])
        {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 401, "\(file.path) has \(lines.count - 1) lines")
            var isInText = false
            for (number, line) in lines.enumerated() {
                if line.contains("\"\"\"") { isInText.toggle() }
                // A text's own lines are as long as what they say.
                if line.count > 110, !isInText, !line.contains("\"") {
                    Issue.record("\(file.path):\(number + 1) has \(line.count) columns")
                }
            }
        }
    }

    @Test("files and folders are made by one door, which knows for whom they are")
    func oneDoor() {
        let elsewhere: Set = [
            // What it writes is to share, as the umask has it.
            "Sources/TrainingReports/TensorBoard/EventFiles.swift",
            // The word of a run's owner appears by `link`, whole and once.
            "Sources/ClusterRuntime/Run/RunLease.swift",
        ]
        let doors = ["Sources/Files/", "Sources/headstart-fuzz/"]
        for file in Self.files(in: "Sources", endings: [".swift"])
        where !doors.contains(where: file.path.hasPrefix) && !elsewhere.contains(file.path) {
            for call in ["O_CREAT", "mkdir(", "createDirectory(", "createFile(", "mkstemp("] {
                #expect(
                    !file.text.contains(call), "\(file.path) has \(call); use Folder, OwnedFile, DurableFile")
            }
        }
    }

    @Test("nothing is forced, left open or commented out in the sources")
    func looseEnds() {
        let forbidden = [/\btry!/, /\bas!\s/, /TODO|FIXME|XXX/, /fatalError\(/]
        for file in Self.files(in: "Sources", endings: [".swift", ".c", ".h"]) {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            for (number, line) in lines.enumerated() {
                for pattern in forbidden where line.contains(pattern) {
                    Issue.record("\(file.path):\(number + 1): \(line)")
                }
                // The reason stands on the line or above it.
                let around = lines[max(0, number - 1)...number]
                if line.contains("@unchecked Sendable"), !around.contains(where: { $0.contains("//") }) {
                    Issue.record("\(file.path):\(number + 1) does not say why it is unchecked")
                }
            }
        }
    }

    @Test("every symbol of the library for other programs has a summary")
    func summaries() {
        let symbol =
            #/
            ^ \s* public \s (?: (?: static | final | mutating | convenience ) \s )*
            (?: func | struct | enum | class | protocol | actor | typealias ) \s ([A-Za-z]+)
            /#
        for file in Self.files(in: "Sources/HeadStart", endings: [".swift"]) {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            for (number, line) in lines.enumerated() {
                guard let match = line.firstMatch(of: symbol) else { continue }
                var before = number - 1
                while before >= 0, lines[before].contains(/^\s*@/) { before -= 1 }
                if before < 0 || !lines[before].contains(/^\s*\/\/\//) {
                    Issue.record("\(file.path):\(number + 1): \(match.1) has no summary")
                }
            }
        }
    }
}
