import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import Imaging

/// What Keras' `load_img` makes of odd files and of photos.
struct DecodingReferenceTests {
    private struct Row: Decodable {
        let ok: Bool
        let size: [Int]?
        /// The side of what the picture was fitted to; the recipe's where it isn't given.
        let fitted: Int?
    }

    /// A picture of a reference folder's `decode`.
    struct OddPicture: CustomStringConvertible {
        let folder: ReferenceFolder
        let name: String

        var description: String { "\(folder): \(name)" }
    }

    /// All pictures of every reference folder.
    static let pictures: [OddPicture] = ReferenceFolder.all.flatMap { folder in
        ((try? rows(of: folder)) ?? [:]).keys.sorted().map { OddPicture(folder: folder, name: $0) }
    }

    private static func rows(of folder: ReferenceFolder) throws -> [String: Row] {
        try JSONDecoder().decode([String: Row].self, from: folder.data("decode/index.json"))
    }

    @Test("an odd file becomes Keras' pixels, or is refused where Keras refuses it", arguments: pictures)
    func decodesAsKeras(picture: OddPicture) throws {
        let (folder, name) = (picture.folder, picture.name)
        let row = try #require(Self.rows(of: folder)[name])
        let bytes = [UInt8](try folder.data("decode/images/\(name)"))
        guard row.ok else {
            #expect(throws: ImageDecodingError.self) { try ImageDecoder.decode(bytes) }
            return
        }
        let side = row.fitted ?? 224
        let image = try ImageDecoder.decode(bytes)
        #expect([image.width, image.height] == row.size)
        let isLossy = name.contains("jpg") || name.contains("jpeg") || name.contains("webp")
        let expected = try NumpyArray(path: folder.path("decode/\(name).npy")).bytes
        let fitted = try ImageDecoder.decode(bytes, fittedTo: side)
        expectClose(fitted.pixels, expected, atMost: isLossy ? 2 : 0)
        expectSame(fitted, image.resizedNearest(width: side, height: side))
    }

    @Test("there is a picture of every kind in the project's own reference")
    func kinds() {
        let kinds = Set(
            Self.pictures.filter { $0.folder.description == ReferenceFolder.own.description }
                .map { $0.name.split(separator: ".").last.map(String.init) ?? "" })
        #expect(kinds == ["bmp", "gif", "jpg", "pbm", "pgm", "png", "ppm", "tif", "webp"])
    }

    @Test(
        "a photo becomes the pixels that Keras fed its network",
        .enabled(if: SharedFolder.isPresent, "../shared is absent"),
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
