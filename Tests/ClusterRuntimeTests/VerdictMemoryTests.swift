import ContentAddressing
import Foundation
import Logging
import TestSupport
import Testing
import TrainingProtocol

@testable import ClusterRuntime

@Suite("The verdicts of the picture check, remembered")
struct VerdictMemoryTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func memory(pixelLimit: Int = 1) -> VerdictMemory {
        VerdictMemory(
            directory: folder.path("verdicts"), pixelLimit: pixelLimit, log: Logger(label: "test"))
    }

    private func picture(_ number: Int, _ verdict: PictureVerdict?) -> RunPicture {
        RunPicture(
            name: "\(number)", digest: ContentDigest(hashing: "\(number)".utf8), byteCount: 1, label: 0,
            verdict: verdict)
    }

    private func file() throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("verdicts"))
        return folder.path("verdicts/" + (try #require(names.first)))
    }

    private static let verdicts: [PictureVerdict] = [
        .readable, .unreadable(reason: ""), .unreadable(reason: "cut short; mend it"),
        .unreadable(reason: "two\nlines\tand a tab"),
    ]

    @Test("each reads back as what it was; one without words is no picture that can be read")
    func roundTrip() {
        let pictures = Self.verdicts.enumerated().map { picture($0, $1) } + [picture(99, nil)]
        let first = memory()
        first.remember(pictures)
        for picture in pictures { #expect(memory()[picture.digest] == picture.verdict) }
        // Another limit, another answer.
        #expect(memory(pixelLimit: 2)[pictures[0].digest] == nil)
    }

    @Test("later verdicts join earlier ones, and count before them")
    func adds() {
        for number in 0..<3 {
            let memory = memory()
            memory.remember([picture(number, .readable), picture(7, .unreadable(reason: "\(number)"))])
        }
        #expect((0..<3).allSatisfy { memory()[picture($0, nil).digest] == .readable })
        #expect(memory()[picture(7, nil).digest] == .unreadable(reason: "2"))
    }

    @Test("whatever byte is damaged, nothing is taken for readable that isn't")
    func damage() throws {
        let first = memory()
        let pictures = Self.verdicts.enumerated().map { picture($0, $1) }
        first.remember(pictures)
        let path = try file()
        var bytes = try Data(contentsOf: URL(filePath: path))
        for place in bytes.indices {
            bytes[place] ^= 1
            try bytes.write(to: URL(filePath: path))
            let damaged = memory()
            for picture in pictures {
                let found = damaged[picture.digest]
                #expect(found == nil || found == picture.verdict, "damage at byte \(place)")
            }
            bytes[place] ^= 1
        }
    }
}
