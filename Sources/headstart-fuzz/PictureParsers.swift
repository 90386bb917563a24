import Foundation
import Imaging

/// A parser for each kind of picture.
enum PictureParsers {
    static let all: [FuzzParser] = ImageKind.allCases.map { kind in
        FuzzParser(
            name: "picture-" + kind.rawValue.lowercased(), seeds: { seeds(kind) },
            takes: { isOfKind($0, kind) }, repair: { kind == .png ? repairPNG($0) : $0 },
            parse: { bytes, _ in
                // Inputs that have changed to another kind are left to its parser.
                guard isOfKind(bytes, kind) else { throw OtherKind() }
                var options = DecodingOptions(pixelLimit: 1 << 20)
                // Odd and even numbers of bytes test the option off and on.
                options.honorsExifOrientation = bytes.count % 2 == 0
                let image = try ImageDecoder.decode(bytes, fittedTo: 224, options: options)
                guard image.width == 224, image.height == 224 else {
                    preconditionFailure("a picture is fitted to what was asked for")
                }
            })
    }

    private struct OtherKind: Error {}

    private static func isOfKind(_ bytes: [UInt8], _ kind: ImageKind) -> Bool {
        bytes.withUnsafeBytes { ImageKind(firstBytes: $0) } == kind
    }

    private static func seeds(_ kind: ImageKind) -> [[UInt8]] {
        let drawn = RGBImage(width: 5, height: 3, pixels: (0..<45).map { UInt8($0 * 5) })
        let files =
            ImagingSelfTest.pictures.map(\.bytes) + [PNGEncoder.encode(drawn)]
            + byHand.compactMap { Data(base64Encoded: $0).map { [UInt8]($0) } }
            + texts.map { Array($0.utf8) }
        return files.filter { isOfKind($0, kind) }
    }

    private static let texts = [
        "P1\n3 2\n1 0 1\n0 1 0\n", "P2\n2 2\n255\n1 2 3 254\n", "P6\n2 1\n255\nabcdef",
        "P5 2 1 65535\nabcd", "P3 # colours\n1 1 15\n1 2 3\n",
    ]

    /// Small files of kinds that the self-test doesn't include: a GIF, a bitmap with a palette, and a TIFF.
    private static let byHand = [
        "R0lGODlhAgACAPAAAP8AAAAA/yH5BAAAAAAALAAAAAACAAIAAAIDRAIFADs=",
        "Qk1GAAAAAAAAAD4AAAAoAAAAAgAAAAIAAAABAAEAAAAAAAgAAAAAAAAAAAAAAAIAAAACAAAAAAAA////AACAAAAAQAAAAA==",
        "SUkqAAgAAAAJAAABAwABAAAAAgAAAAEBAwABAAAAAgAAAAIBAwABAAAACAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAABEBBAABAAAA"
            + "egAAABUBAwABAAAAAQAAABYBAwABAAAAAgAAABcBBAABAAAABAAAAAAAAAABAgME",
    ]

    /// Corrects the chunks' checksums.
    private static func repairPNG(_ bytes: [UInt8]) -> [UInt8] {
        var repaired = bytes
        var place = 8
        while place + 12 <= repaired.count {
            let count = repaired[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            guard count <= repaired.count - place - 12 else { break }
            let end = place + 8 + count
            var sum = UInt32.max
            for byte in repaired[place + 4..<end] {
                sum ^= UInt32(byte)
                for _ in 0..<8 { sum = sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
            }
            repaired.replaceSubrange(end..<end + 4, with: withUnsafeBytes(of: (~sum).bigEndian, Array.init))
            place = end + 4
        }
        return repaired
    }
}
