import ArgumentParser
import Foundation

/// A parser of files or network data, with valid inputs to start from.
struct FuzzParser: Sendable {
    let name: String
    /// Valid inputs; those of a corpus are selected by `takes`.
    let seeds: @Sendable () throws -> [[UInt8]]
    /// Whether a corpus file is for this parser.
    var takes: @Sendable ([UInt8]) -> Bool = { _ in false }
    /// Corrects lengths and checksums, so that mutated inputs get past them.
    var repair: @Sendable ([UInt8]) -> [UInt8] = { $0 }
    /// Whether the program also parses in a separate process, because a third-party library may hang or
    /// crash. Then only traps in our own code are faults.
    var isIsolated = false
    /// Parses the input, and uses the result as the program does.
    let parse: @Sendable ([UInt8], Scratch) throws -> Void

    /// Whether the parser accepts the input; an error that it throws must have a description.
    func accepts(_ bytes: [UInt8], _ scratch: Scratch) -> Bool {
        do {
            try parse(bytes, scratch)
            return true
        } catch {
            _ = "\(error)"
            return false
        }
    }

    static let all: [FuzzParser] =
        MessageParsers.all + ModelParsers.all + RunParsers.all + TextParsers.all + PictureParsers.all

    /// Traps if a product overflows, to show that a fault is found.
    private static let planted = FuzzParser(
        name: "planted", seeds: { [Array("2,3,4".utf8), Array("10,20,30,40".utf8)] },
        parse: { bytes, _ in
            let numbers = String(decoding: bytes, as: UTF8.self).split(separator: ",").compactMap { Int($0) }
            guard numbers.reduce(1, *) != 42 else { throw ValidationError("42") }
        })

    static func named(_ name: String) throws -> FuzzParser {
        guard let parser = (all + [planted]).first(where: { $0.name == name }) else {
            throw ValidationError("there is no parser \(name); --list names them")
        }
        return parser
    }
}

/// A process's own folder, for parsers that read files.
final class Scratch {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/headstart-fuzz-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Writes a file to the folder, replacing one of the same name.
    @discardableResult
    func file(_ bytes: [UInt8], _ name: String = "input") -> String {
        let path = folder + "/" + name
        guard let file = fopen(path, "w") else { return path }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        return path
    }

    /// The bytes of a file that `write` creates, for a seed.
    static func bytes(_ write: (String) throws -> Void) throws -> [UInt8] {
        let scratch = try Scratch()
        let path = scratch.folder + "/seed"
        try write(path)
        return Array(try Data(contentsOf: URL(filePath: path)))
    }
}
