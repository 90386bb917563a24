import Foundation
import TestSupport
import Testing

@testable import Imaging

/// `golden/odd`: what Keras' `load_img` makes of the odd files of public suites.
@Suite(.enabled(if: SharedFolder.isPresent, "../shared is absent"))
struct OddSuiteTests {
    private struct Row: Decodable {
        let ok: Bool
    }

    private let rows: [String: Row]
    private let pixels: NumpyArchive

    init() throws {
        let index = try Data(contentsOf: URL(filePath: SharedFolder.path("golden/odd.json")))
        rows = try JSONDecoder().decode([String: Row].self, from: index)
        pixels = try NumpyArchive(path: SharedFolder.path("golden/odd.npz"))
    }

    @Test("every odd file is as Keras has it, but for those that are named here with their causes")
    func decodesAsKeras() throws {
        #expect(rows.count == 899)
        var differing: Set<String> = []
        for (name, row) in rows {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: SharedFolder.path("golden/odd/\(name)"))))
            let fitted = Result { try ImageDecoder.decode(bytes, fittedTo: 224) }
            let expected = row.ok ? try #require(try pixels.array(name)) : nil
            if !agrees(fitted, with: expected, bytes: bytes) { differing.insert(name) }
        }
        let named = Set(Self.left.flatMap(\.names))
        #expect(differing.subtracting(named).sorted() == [], "these differ and aren't named")
        #expect(named.subtracting(differing).sorted() == [], "these are named and don't differ any more")
        #expect(named.count * 100 <= rows.count * 6)
    }

    @Test("no refusal of an odd file is without a reason")
    func refusalsHaveReasons() throws {
        for name in rows.keys {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: SharedFolder.path("golden/odd/\(name)"))))
            do throws(ImageDecodingError) { _ = try ImageDecoder.decode(bytes, fittedTo: 8) } catch {
                #expect(!"\(error)".contains("()"), "\(name)")
            }
        }
    }

    /// - Parameter expected: every fourth pixel of every fourth row; `nil` where Keras refuses.
    private func agrees(_ fitted: Result<RGBImage, any Error>, with expected: [UInt8]?, bytes: [UInt8])
        -> Bool
    {
        guard let image = try? fitted.get() else { return expected == nil }
        guard let expected else { return false }
        var sampled: [UInt8] = []
        for y in stride(from: 0, to: 224, by: 4) {
            for x in stride(from: 0, to: 224, by: 4) {
                let place = 3 * (224 * y + x)
                sampled += image.pixels[place..<place + 3]
            }
        }
        let most = zip(sampled, expected).map { abs(Int($0) - Int($1)) }.max() ?? .max
        return sampled.count == expected.count && most <= (isLossy(bytes) ? 2 : 0)
    }

    private func isLossy(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            switch ImageKind(firstBytes: bytes) {
            case .jpeg, .webp: true
            case .tiff:
                [6, 7].contains(
                    TIFFDirectory(bytes)?.numbers(TIFFDirectory.Tag.compression)?.first ?? 1)
            default: false
            }
        }
    }
}
