import Foundation

/// Memory for pixels.
enum PixelMemory {
    /// Throws if this machine doesn't give so many bytes, which are given back at once.
    ///
    /// An array that can't be had ends the process, so the machine is asked first: that it has no memory left
    /// is a fault of its own, not of the picture.
    static func require(_ byteCount: Int) throws(ImageDecodingError) {
        let length = max(byteCount, 1)
        // The kernel is asked: a `malloc` that is freed at once is left out by the compiler.
        let probe = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let probe, probe != MAP_FAILED else { throw .outOfMemory }
        munmap(probe, length)
    }
}

extension [UInt8] {
    /// `count` bytes, zero before `fill` writes them.
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
