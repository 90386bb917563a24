import Foundation
import TestSupport
import Testing

@testable import Files

@Suite("Small records in a file that is appended to")
struct RecordFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(capacityBytes: Int = 1 << 20) -> RecordFile {
        RecordFile(
            path: folder.path("deep/records"), mark: "TESTING1", keyByteCount: 8, capacityBytes: capacityBytes
        )
    }

    private func key(_ number: Int) -> [UInt8] { withUnsafeBytes(of: number) { Array($0) } }

    private func append(_ records: [(Int, String)], to file: RecordFile) throws {
        var batch = RecordBatch()
        for (number, text) in records { batch.add(key(number) + Array(text.utf8)) }
        try file.append(batch)
    }

    private func text(_ number: Int, in file: RecordFile) -> String? {
        file.read().value(of: key(number)) { String(decoding: $0, as: UTF8.self) }
    }

    @Test("of two records with one key the later counts, and an absent key has none")
    func laterCounts() throws {
        let file = file()
        #expect(file.read().count == 0)
        try append([(1, "one"), (2, "")], to: file)
        try append([(1, "another"), (3, "three")], to: file)
        #expect(text(1, in: file) == "another")
        #expect(text(2, in: file) == "")
        #expect(text(4, in: file) == nil)
        #expect(file.read().count == 3)
    }

    @Test("a tail that a killed writer left is overwritten, and a damaged record drops itself and the later")
    func damage() throws {
        let file = file()
        try append([(1, "one"), (2, "two")], to: file)
        let whole = try Data(contentsOf: URL(filePath: file.path))
        try (whole + Data(repeating: 7, count: 100)).write(to: URL(filePath: file.path))
        try append([(3, "three")], to: file)
        #expect((1...3).map { text($0, in: file) } == ["one", "two", "three"])
        var damaged = try Data(contentsOf: URL(filePath: file.path))
        for place in damaged.indices {
            damaged[place] ^= 1
            try damaged.write(to: URL(filePath: file.path))
            for (number, right) in [(1, "one"), (2, "two"), (3, "three")] {
                #expect(text(number, in: file) ?? right == right, "damage at byte \(place)")
            }
            damaged[place] ^= 1
        }
        damaged[60] ^= 1
        try damaged.write(to: URL(filePath: file.path))
        #expect(file.read().count < 3)
    }

    @Test("a file that is another's, cut short or empty is taken for empty, and begun anew")
    func others() throws {
        for content in ["", "short", "something else that is long enough"] {
            try folder.write("deep/records", content.utf8)
            let file = file()
            #expect(file.read().count == 0)
            try append([(1, "one")], to: file)
            #expect(text(1, in: file) == "one")
        }
    }

    @Test("after damage, what is appended is found again")
    func appendAfterDamage() throws {
        let file = file()
        try append([(1, "one"), (2, "two")], to: file)
        var bytes = try Data(contentsOf: URL(filePath: file.path))
        bytes[30] ^= 1
        try bytes.write(to: URL(filePath: file.path))
        #expect(file.read().count == 0)
        try append([(3, "three")], to: file)
        #expect(text(3, in: file) == "three")
    }

    @Test("a full file keeps its newest records, and stays within its bound")
    func bound() throws {
        let file = file(capacityBytes: 4096)
        for number in 0..<500 { try append([(number, "number \(number)")], to: file) }
        let size = try #require(FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int)
        #expect(size <= 4096)
        #expect(text(499, in: file) == "number 499")
        #expect(text(450, in: file) == "number 450")
        #expect(text(0, in: file) == nil)
    }

    @Test("many who append at once lose nothing")
    func together() throws {
        let file = file()
        DispatchQueue.concurrentPerform(iterations: 8) { writer in
            for number in 0..<20 { try? append([(writer * 20 + number, "\(writer)")], to: file) }
        }
        #expect(file.read().count == 160)
    }
}
