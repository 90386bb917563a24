import ContentAddressing
import Files
import Imaging
import Logging
import TrainingProtocol

/// Remembers by digest which pictures could be read, so that a second run checks only new ones.
///
/// One file for each decoder and pixel limit, since the verdict depends on these and the bytes. Losing it
/// only costs time.
struct VerdictMemory: Sendable {
    private let file: RecordFile?
    private let known: RecordTable?
    private let log: Logger

    /// Room for ten million readable pictures.
    private static let capacityBytes = 512 << 20
    /// The longest reason that is kept, in bytes.
    private static let longestReason = 1024
    /// Bytes that are appended to the file at a time.
    private static let batchBytes = 8 << 20

    /// The byte after the digest; `unreadable` is followed by a reason, which may be empty.
    private enum Kind: UInt8 {
        case readable = 0
        case unreadable = 1
    }

    /// - Parameter directory: the folder of the files; created when there is something to remember.
    init(directory: String, pixelLimit: Int, log: Logger) {
        self.log = log
        file = (try? ImagingSelfTest.digest()).map { decoders in
            RecordFile(
                path: directory + "/\(decoders.hex.prefix(16))-\(pixelLimit)", mark: "HSCHECK2",
                keyByteCount: ContentDigest.byteCount, capacityBytes: Self.capacityBytes)
        }
        known = file?.read()
    }

    subscript(digest: ContentDigest) -> PictureVerdict? {
        known?.value(of: digest.bytes) { value in
            switch value.first.flatMap(Kind.init) {
            case .readable: value.count == 1 ? .readable : nil
            case .unreadable: .unreadable(reason: String(decoding: value.dropFirst(), as: UTF8.self))
            case nil: nil
            }
        } ?? nil
    }

    /// Adds verdicts to the file. A million take a second, so it belongs on a background thread.
    func remember(_ pictures: [RunPicture]) {
        guard let file, !pictures.isEmpty else { return }
        do throws(FileSystemError) {
            var batch = RecordBatch()
            for picture in pictures {
                guard let record = Self.record(of: picture) else { continue }
                batch.add(record)
                guard batch.byteCount >= Self.batchBytes else { continue }
                try file.append(batch)
                batch = RecordBatch()
            }
            try file.append(batch)
        } catch {
            log.warning("the answers of the picture check can't be remembered: \(error)")
        }
    }

    private static func record(of picture: RunPicture) -> [UInt8]? {
        switch picture.verdict {
        case .readable: picture.digest.bytes + [Kind.readable.rawValue]
        case .unreadable(let reason):
            picture.digest.bytes + [Kind.unreadable.rawValue] + reason.utf8.prefix(longestReason)
        case nil: nil
        }
    }
}
