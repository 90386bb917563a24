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

    @Test("what a later libjpeg-turbo reads is refused by the name and version of this one")
    func namesTheLibrary() throws {
        let lossless: [UInt8] =
            [0xFF, 0xD8, 0xFF, 0xC3, 0, 11, 8, 0, 4, 0, 4, 1, 1, 0x11, 0]
            + [0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 0, 0] + Self.endMarker
        let progressive = try progressive()
        let scans = progressive.indices.filter { progressive[$0...].starts(with: [0xFF, 0xDA]) }
        let withoutLastScans = progressive[..<scans[2]] + Self.endMarker
        for file in [lossless, Array(withoutLastScans)] {
            do throws(ImageDecodingError) { _ = try ImageDecoder.decode(file, fittedTo: 8) } catch {
                guard case .notInLibrary(.jpeg, _, let library) = error else {
                    Issue.record("refused as \(error)")
                    continue
                }
                #expect(library.wholeMatch(of: /libjpeg-turbo \d+\.\d+\.\d+/) != nil)
                #expect("\(error)".contains("not supported by \(library)"))
                continue
            }
            // From version 3 on they are read.
        }
    }

    @Test("what follows the last row counts as far as Pillow looks: to the end of the piece it has read")
    func looksBehindTheLastRow() throws {
        let file = try baseline()
        let header: [UInt8] = [0xFF, 0xC0, 0, 11, 8, 0, 4, 0, 4, 1, 1, 0x11, 0]
        let body = file.dropLast(2)
        for tail in [header, Array(header.prefix(2)), [0xFF, 0xC4, 0, 3, 0x55]] {
            #expect(throws: ImageDecodingError.self) {
                try ImageDecoder.decode(body + tail + Self.endMarker, fittedTo: 8)
            }
        }
        // Comments push the last row to the end of the first piece, and the second header into the next.
        let unread = [UInt8](repeating: 0, count: 32)
        let missing = 65_536 - body.count - unread.count
        let comments = [16_384, 16_384, 16_384, missing - 3 * 16_384].flatMap { count -> [UInt8] in
            [0xFF, 0xFE, UInt8((count - 2) >> 8), UInt8((count - 2) & 255)]
                + [UInt8](repeating: 0, count: count - 4)
        }
        let padded = body.prefix(2) + comments + body.dropFirst(2) + unread
        #expect(padded.count == 65_536)
        #expect(throws: Never.self) {
            try ImageDecoder.decode(padded + header + Self.endMarker, fittedTo: 8)
        }
    }
}
