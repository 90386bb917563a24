import Foundation
import TestSupport
import Testing

/// Bent inputs for every parser of files and messages, in processes of their own: a trap ends the process, is
/// named, and fails the test. `make fuzz` does the same for long.
@Suite("No input traps")
struct FuzzTests {
    private static let names: [String] = {
        let listed = try? fuzz(["search", "--list"])
        return (listed?.output ?? "").split(separator: "\n").map(String.init)
    }()

    private static func fuzz(_ arguments: [String]) throws -> Program.Finished {
        try Program.Running(arguments, program: "headstart-fuzz").wait()
    }

    /// Their sound inputs are too small to be whole: VGG's weights take a second to read.
    private static let neverWhole: Set = ["weights", "keras-weights"]

    @Test("a parser reads its sound inputs, and reads or refuses bent ones", arguments: names)
    func bent(parser: String) throws {
        let folder = try TemporaryFolder()
        let found = try Self.fuzz([
            "search", "--parser", parser, "--inputs", "300", "--seed", "1", "--out", folder.path,
        ])
        #expect(found.status == 0, "\(found.output)\(found.errors)")
        let accepted = found.output.firstMatch(of: /300 inputs, (\d+) of them/).flatMap { Int($0.1) }
        #expect((accepted ?? 0) > 0 || Self.neverWhole.contains(parser), "\(found.output)")
    }

    @Test("inputs that once trapped are read or refused")
    func saved() throws {
        let inputs = ProjectFolder.url.appending(path: "Tests/FuzzTests/Inputs").path
        let folders = try FileManager.default.contentsOfDirectory(atPath: inputs).sorted()
        #expect(Set(folders).isSubset(of: Self.names))
        for parser in folders {
            let files = try FileManager.default.contentsOfDirectory(atPath: inputs + "/" + parser)
            let found = try Self.fuzz(["replay", parser] + files.map { "\(inputs)/\(parser)/\($0)" })
            #expect(found.status == 0, "\(found.output)\(found.errors)")
        }
    }

    @Test("a parser with a trap is found out: the input is named, small, and traps again")
    func planted() throws {
        let folder = try TemporaryFolder()
        let found = try Self.fuzz([
            "search", "--parser", "planted", "--inputs", "5000", "--out", folder.path,
        ])
        #expect(found.status == 1 && found.output.contains("FAULT"), "\(found.output)\(found.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!files.isEmpty)
        for file in files {
            #expect(try Data(contentsOf: URL(filePath: folder.path(file))).count < 60)
            #expect(try Self.fuzz(["replay", "planted", folder.path(file)]).status == 1)
        }
    }
}
