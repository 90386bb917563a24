import Foundation

enum PixelMemory {
    /// Throws if this machine can't provide that many bytes, which are released at once.
    ///
    /// A failed array allocation ends the process. Asking first makes it an error, and one of the machine
    /// rather than of the picture.
    static func require(_ byteCount: Int) throws(ImageDecodingError) {
        let length = max(byteCount, 1)
        // Asks the kernel, because the compiler removes a `malloc` that is freed at once.
        let probe = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let probe, probe != MAP_FAILED else { throw .outOfMemory }
        munmap(probe, length)
    }
}

extension [UInt8] {
    /// Makes `count` zero bytes and lets `fill` write them.
    init(
        count: Int, filling fill: (UnsafeMutableBufferPointer<UInt8>) throws(ImageDecodingError) -> Void
    ) throws(ImageDecodingError) {
        try PixelMemory.require(count)
        self.init(repeating: 0, count: count)
        var failure: ImageDecodingError?
        withUnsafeMutableBufferPointer { buffer in
            do throws(ImageDecodingError) { try fill(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
