/// Why a file can't be taken as a picture.
package enum ImageDecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first bytes are no supported kind's.
    case notAPicture
    /// The file ends before its picture does.
    case truncated(ImageKind)
    /// The content contradicts itself or its checksums; `detail` in the decoder's words.
    case damaged(ImageKind, detail: String)
    /// A correct file, but of a variety that isn't read here.
    case unsupported(ImageKind, detail: String)
    /// A correct file whose variety this machine's library is too old for.
    case notInLibrary(ImageKind, detail: String, library: String)
    /// More pixels than allowed; told from the header, before any memory is taken.
    case tooLarge(width: Int, height: Int, limit: Int)
    /// This machine has no memory left for the decoder; says nothing of the file.
    case outOfMemory

    /// Whether the machine failed rather than the file: another machine, or this one later, may read it.
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
