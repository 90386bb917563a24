import CKernels

/// Zeroed floats on a 64-byte boundary for the hot loops, freed with their owner.
final class AlignedFloats {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        guard let memory = headstart_head_allocate(Int64(count)) else {
            preconditionFailure("headstart_head_allocate returns memory or ends the program")
        }
        pointer = memory
        self.count = count
    }

    deinit { headstart_head_free(pointer) }
}

/// Scratch memory for the hot loops, kept between calls and enlarged when one needs more.
final class ScratchFloats {
    private var floats = AlignedFloats(count: 0)

    /// Memory for `count` floats, valid until the next call.
    func pointer(count: Int) -> UnsafeMutablePointer<Float> {
        if count > floats.count { floats = AlignedFloats(count: count) }
        return floats.pointer
    }
}
