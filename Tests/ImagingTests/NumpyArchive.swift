import Foundation

@testable import Imaging

/// The arrays of bytes in an `.npz` file, which is a zip file of `.npy` files.
struct NumpyArchive {
    private let bytes: [UInt8]

    /// Where each array's zip entry begins in the directory.
    private var places: [String: Int] = [:]

    init(path: String) throws {
        bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let end = bytes.count - 22
        var place = number(end + 16, 4)
        for _ in 0..<number(end + 10, 2) {
            let nameCount = number(place + 28, 2)
            let name = String(decoding: bytes[(place + 46)..<(place + 46 + nameCount)], as: UTF8.self)
            places[String(name.dropLast(".npy".count))] = place
            place += 46 + nameCount + number(place + 30, 2) + number(place + 32, 2)
        }
    }

    private func number(_ offset: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }

    /// An array's bytes without their header; `nil` if there is no such array.
    func array(_ name: String) throws -> [UInt8]? {
        guard let place = places[name] else { return nil }
        let entry = number(place + 42, 4)
        let start = entry + 30 + number(entry + 26, 2) + number(entry + 28, 2)
        // A zip entry is a zlib stream without its first two bytes and its sum, which isn't missed.
        let stream = [0x78, 0x9C] + bytes[start..<(start + number(place + 20, 4))]
        let file = try stream.withRawBytes { stream throws(ImageDecodingError) in
            try Inflater.content(of: stream, limit: number(place + 24, 4) + 1, kind: .png)
        }
        guard let file else { return nil }
        return Array(file[(10 + Int(file[8]) + Int(file[9]) << 8)...])
    }
}
