import Crypto
import Files

/// Checksums that others publish with their files. They detect damage and mix-ups but not attacks.
package enum PublishedChecksum {
    /// The MD5 of a file as 32 lower-case hexadecimal digits.
    package static func md5(ofFile path: String) throws(FileSystemError) -> String {
        var function = Insecure.MD5()
        let file = try OwnedFile(path, .reading)
        try file.forEachPiece { function.update(bufferPointer: $0) }
        return function.finalize().map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }
}
