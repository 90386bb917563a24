package enum ImageDecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first bytes match no supported kind.
    case notAPicture
    /// The file ends before its picture does.
    case truncated(ImageKind)
    /// The content contradicts itself or its checksums; `detail` is the decoder's message.
    case damaged(ImageKind, detail: String)
    /// A valid file of a variant that isn't supported.
    case unsupported(ImageKind, detail: String)
    /// A valid file of a variant for which this machine's library is too old.
    case notInLibrary(ImageKind, detail: String, library: String)
    /// More pixels than allowed, according to the header; no memory has been allocated.
    case tooLarge(width: Int, height: Int, limit: Int)
    /// This machine has no memory left for the decoder; the file may be valid.
    case outOfMemory

    /// Whether the machine failed rather than the file: another machine, or this one later, may be able to
    /// read it.
    package var isFaultOfMachine: Bool { self == .outOfMemory }

    package var description: String {
        switch self {
        case .notAPicture:
            "not a picture of a known kind (JPEG, PNG, BMP, PNM, TIFF, GIF, WebP); remove it or convert it"
        case .truncated(let kind):
            "the \(kind) file ends early; copy or download it again"
        case .damaged(let kind, let detail):
            "the \(kind) file is damaged (\(detail)); copy or download it again"
        case .unsupported(let kind, let detail):
            "this variety of \(kind) is not supported (\(detail)); convert it to PNG or JPEG"
        case .notInLibrary(let kind, let detail, let library):
            "this variety of \(kind) is not supported by \(library) (\(detail)); convert it to PNG"
        case .tooLarge(let width, let height, let limit):
            "\(width) x \(height) pixels are more than the \(limit) allowed; scale it down "
                + "or raise --pixel-limit"
        case .outOfMemory:
            "this machine has no memory left to decode it; free some or start fewer workers"
        }
    }
}
