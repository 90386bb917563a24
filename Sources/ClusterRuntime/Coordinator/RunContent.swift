import ContentAddressing
import Foundation

/// The run's own files, each read and verified on request.
struct RunContent: ContentSource {
    let paths: [ContentDigest: String]

    func bytes(of digest: ContentDigest, byteCount: Int) throws -> [UInt8] {
        try Self.read(path(of: digest), expecting: digest)
    }

    /// Reads a file; throws if its content has changed since the run began.
    static func read(_ path: String, expecting digest: ContentDigest) throws -> [UInt8] {
        let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe))
        guard ContentDigest(hashing: bytes) == digest else { throw RunContentError.changed(path) }
        return bytes
    }

    func weightsPath(
        of digest: ContentDigest, byteCount: Int, onProgress: (Int, Int) -> Void
    ) throws -> String {
        let path = try path(of: digest)
        guard try ContentDigest.hashing(file: path).digest == digest else {
            throw RunContentError.changed(path)
        }
        return path
    }

    private func path(of digest: ContentDigest) throws(RunContentError) -> String {
        guard let path = paths[digest] else { throw .unknown(digest) }
        return path
    }
}

enum RunContentError: Error, Equatable, CustomStringConvertible {
    case unknown(ContentDigest)
    case changed(String)

    var description: String {
        switch self {
        case .unknown(let digest): "the run has no file with the content \(digest)"
        case .changed(let path): "\(path) has changed since the run began; put it back, or begin the run anew"
        }
    }
}
