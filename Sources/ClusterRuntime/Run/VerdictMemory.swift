import ContentAddressing
import Foundation
import Imaging
import ModelFiles
import TrainingProtocol

/// Which pictures could be read, remembered by digest, so that a second run checks only what is new.
///
/// One file for each decoder and pixel limit, since the answer is a function of these and the bytes. Losing
/// it loses time only; a damaged line is passed over.
struct VerdictMemory: Sendable {
    private let path: String?
    private var verdicts: [ContentDigest: PictureVerdict] = [:]

    /// - Parameter directory: where the files lie; made when there is something to remember.
    init(directory: String, pixelLimit: Int) {
        guard let decoders = try? ImagingSelfTest.digest() else {
            path = nil
            return
        }
        let path = directory + "/\(decoders.hex.prefix(16))-\(pixelLimit).txt"
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else { return }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: "\t", maxSplits: 1)
            guard let digest = fields.first.flatMap({ ContentDigest(hex: $0) }) else { continue }
            verdicts[digest] = fields.count == 2 ? .unreadable(reason: String(fields[1])) : .readable
        }
    }

    subscript(digest: ContentDigest) -> PictureVerdict? { verdicts[digest] }

    /// Adds verdicts to the file. Another run may do so at the same time; then one of them checks again next
    /// time.
    func remembering(_ pictures: [RunPicture]) throws {
        guard let path, !pictures.isEmpty else { return }
        var all = verdicts
        for picture in pictures { all[picture.digest] = picture.verdict }
        let lines = all.sorted { $0.key < $1.key }.map { digest, verdict in
            switch verdict {
            case .readable: "\(digest.hex)\n"
            case .unreadable(let reason):
                "\(digest.hex)\t\(reason.split(whereSeparator: \.isNewline).joined(separator: " "))\n"
            }
        }
        let folder = (path as NSString).deletingLastPathComponent
        try Folder.createPrivate(folder)
        try DurableFile.write(path, bytes: Array(lines.joined().utf8))
    }
}
