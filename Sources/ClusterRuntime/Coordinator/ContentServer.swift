import ContentAddressing
import Foundation
import WireMessages

/// Serves pieces of the run's content by digest; a path never comes from the network.
struct ContentServer: Sendable {
    private let paths: [ContentDigest: String]

    /// The largest piece served, whatever is asked for.
    private static let largestPiece = 512 << 10

    init(paths: [ContentDigest: String]) { self.paths = paths }

    /// The piece; an empty one of unknown content where the run has none. The receiver verifies the whole.
    func piece(_ request: ContentRequest) -> ContentPiece {
        let nothing = ContentPiece(
            digest: request.digest, offset: request.offset, totalByteCount: 0, bytes: FrameBytes([UInt8]()))
        guard request.offset >= 0, request.length > 0 else { return nothing }
        let length = min(request.length, Self.largestPiece)
        if request.digest == Yardstick.digest {
            return ContentPiece(
                digest: request.digest, offset: request.offset, totalByteCount: Yardstick.byteCount,
                bytes: FrameBytes([UInt8](repeating: 0, count: length)))
        }
        guard let path = paths[request.digest], let file = FileHandle(forReadingAtPath: path) else {
            return nothing
        }
        defer { try? file.close() }
        guard let total = try? file.seekToEnd(), request.offset < total,
            (try? file.seek(toOffset: UInt64(request.offset))) != nil,
            let data = try? file.read(upToCount: length)
        else { return nothing }
        return ContentPiece(
            digest: request.digest, offset: request.offset, totalByteCount: Int(total),
            bytes: FrameBytes(Array(data)))
    }
}
