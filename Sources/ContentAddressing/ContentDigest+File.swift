import Files

extension ContentDigest {
    /// Hashes a file piece by piece and returns its length too.
    package static func hashing(file path: String) throws(FileSystemError) -> (
        digest: ContentDigest, byteCount: Int
    ) {
        try hashing(try OwnedFile.regular(path))
    }

    static func hashing(_ file: borrowing OwnedFile) throws(FileSystemError) -> (
        digest: ContentDigest, byteCount: Int
    ) {
        var hasher = ContentHasher()
        var byteCount = 0
        try file.forEachPiece { piece in
            hasher.update(piece)
            byteCount += piece.count
        }
        return (hasher.finalize(), byteCount)
    }
}
