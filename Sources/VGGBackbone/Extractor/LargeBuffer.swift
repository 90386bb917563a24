#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Memory for floats, on large pages if the system has them.
///
/// Arrays aren't enough: the extractor streams hundreds of megabytes of weights for each batch, and with 4 KB
/// pages the address translation takes a measurable share of the time.
final class LargeBuffer {
    let floats: UnsafeMutablePointer<Float>

    private static let pageBytes = 2 << 20

    /// Allocates `count` uninitialized floats.
    init(count: Int) {
        let bytes = count * MemoryLayout<Float>.stride
        let isLarge = bytes >= Self.pageBytes
        let rounded = isLarge ? (bytes + Self.pageBytes - 1) / Self.pageBytes * Self.pageBytes : bytes
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: rounded, alignment: isLarge ? Self.pageBytes : 64)
        // Only a hint; if the system refuses it, everything works a little more slowly.
        if isLarge { _ = madvise(memory, rounded, MADV_HUGEPAGE) }
        floats = memory.bindMemory(to: Float.self, capacity: count)
    }

    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        floats.update(from: values, count: values.count)
    }

    deinit { UnsafeMutableRawPointer(floats).deallocate() }
}
