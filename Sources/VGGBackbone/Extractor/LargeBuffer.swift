#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Floats that live as long as their owner, on large pages where the system has them.
///
/// Arrays won't do: the extractor streams hundreds of megabytes of weights for each batch, and on pages of 4
/// KB the translation of addresses takes a measurable share of the time.
final class LargeBuffer {
    let floats: UnsafeMutablePointer<Float>

    private static let pageBytes = 2 << 20

    /// Memory for `count` floats with any values.
    init(count: Int) {
        let bytes = count * MemoryLayout<Float>.stride
        let isLarge = bytes >= Self.pageBytes
        let rounded = isLarge ? (bytes + Self.pageBytes - 1) / Self.pageBytes * Self.pageBytes : bytes
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: rounded, alignment: isLarge ? Self.pageBytes : 64)
        // Only a hint: where the system refuses it, everything works, a little slower.
        if isLarge { _ = madvise(memory, rounded, MADV_HUGEPAGE) }
        floats = memory.bindMemory(to: Float.self, capacity: count)
    }

    /// Memory that holds `values`.
    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        floats.update(from: values, count: values.count)
    }

    deinit { UnsafeMutableRawPointer(floats).deallocate() }
}
