import Foundation
import TestSupport
import Testing

@testable import Imaging

/// What is refused here was tried with Pillow 13 on files made alike.
struct JPEGDecodingTests {
    private static let endMarker: [UInt8] = [0xFF, 0xD9]

    private func bytes(_ name: String) throws -> [UInt8] {
        let file = try #require(SelfTestPictures.files.first { $0.name == name })
        return [UInt8](try #require(Data(base64Encoded: file.base64)))
    }

    private func baseline() throws -> [UInt8] { try bytes("JPEG, 4:2:0") }

    private func progressive() throws -> [UInt8] { try bytes("JPEG, progressive, 4:4:4") }

    @Test("a file that ends before its end marker is refused as cut")
    func refusesCutFiles() throws {
        for file in [try baseline(), try progressive()] {
            for missing in [1, 2, 30, 90, file.count - 10] {
                #expect(throws: ImageDecodingError.truncated(.jpeg)) {
                    try ImageDecoder.decode(Array(file.dropLast(missing)), fittedTo: 8)
                }
            }
        }
    }

    @Test("bytes after the end don't matter")
    func toleratesTheEnd() throws {
        let file = try baseline()
        let image = try ImageDecoder.decode(file)
        expectSame(try ImageDecoder.decode(file + [1, 2, 3]), image)
    }

    @Test("an end marker that comes early is only a warning, as in Pillow")
    func toleratesAnEarlyEndMarker() throws {
        let file = try baseline()
        let image = try ImageDecoder.decode(file)
        let shortened = try ImageDecoder.decode(Array(file.dropLast(30)) + Self.endMarker)
        #expect(shortened.width == image.width && shortened != image)
    }

    @Test("a progressive file that repeats scans without end is refused")
    func refusesEndlessScans() throws {
        let file = try progressive()
        let lastScan = try #require(file.indices.last { file[$0...].starts(with: [0xFF, 0xDA]) })
        let scan = file[lastScan...].dropLast(2)
        func repeated(_ count: Int) -> [UInt8] {
            file[..<lastScan] + Array(repeating: scan, count: count).joined() + Self.endMarker
        }
        #expect(throws: Never.self) { try ImageDecoder.decode(repeated(20)) }
        #expect(throws: ImageDecodingError.damaged(.jpeg, detail: "more than 500 scans")) {
            try ImageDecoder.decode(repeated(600))
        }
    }
}
