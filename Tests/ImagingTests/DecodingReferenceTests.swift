import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import Imaging

/// `golden/decode` and `golden/features`: what Keras' `load_img` makes of odd files and of photos.
@Suite(.enabled(if: SharedFolder.isPresent, "../shared is absent"))
struct DecodingReferenceTests {
    private struct Row: Decodable {
        let ok: Bool
        let size: [Int]?
    }

    /// The names in `golden/decode/index.json`.
    static let names: [String] = rows.keys.sorted()

    private static let rows: [String: Row] = {
        guard let data = FileManager.default.contents(atPath: SharedFolder.path("golden/decode/index.json"))
        else {
            return [:]
        }
        return (try? JSONDecoder().decode([String: Row].self, from: data)) ?? [:]
    }()

    @Test("an odd file becomes Keras' pixels, or is refused where Keras refuses it", arguments: names)
    func decodesAsKeras(name: String) throws {
        let row = try #require(Self.rows[name])
        let bytes = try bytes(of: "golden/decode/images/\(name)")
        guard row.ok else {
            #expect(throws: ImageDecodingError.self) { try ImageDecoder.decode(bytes) }
            return
        }
        let image = try ImageDecoder.decode(bytes)
        #expect([image.width, image.height] == row.size)
        let isLossy = name.contains("jpg") || name.contains("jpeg") || name.contains("webp")
        let expected = try NumpyArray(path: SharedFolder.path("golden/decode/\(name).npy")).bytes
        let fitted = try ImageDecoder.decode(bytes, fittedTo: 224)
        expectClose(fitted.pixels, expected, atMost: isLossy ? 2 : 0)
        expectSame(fitted, image.resizedNearest(width: 224, height: 224))
    }

    @Test(
        "a photo becomes the pixels that Keras fed its network",
        arguments: ["0013035", "10308379_1b6c72e180", "1032546534_06907fe3b3"])
    func photosAsKeras(name: String) throws {
        let expected = try NumpyArray(
            path: SharedFolder.path("golden/features/\(name).input_u8.npy")
        ).bytes
        let fitted = try ImageDecoder.decode(try bytes(ofPhoto: name), fittedTo: 224)
        expectClose(fitted.pixels, expected, atMost: 2)
    }

    private func bytes(of path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: SharedFolder.path(path))))
    }

    private func bytes(ofPhoto name: String) throws -> [UInt8] {
        let folder = SharedFolder.path("data/hymenoptera")
        let paths = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
        return try bytes(of: "data/hymenoptera/" + #require(paths.first { $0.hasSuffix("\(name).jpg") }))
    }
}
