/// Immutable bytes in memory of their own, shared between threads and handed to the transport without a copy.
package struct FrameBytes: Sendable {
    private let owner: Owner

    /// A copy of `bytes`.
    package init(_ bytes: [UInt8]) { self.init(copying: bytes) }

    /// A copy of `floats`, as their bytes.
    package init(_ floats: [Float]) { self.init(copying: floats) }

    /// So many bytes, which `fill` writes once.
    package init<Failure: Error>(
        byteCount: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        // Filled here, and only read and freed afterwards.
        nonisolated(unsafe) let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: byteCount, alignment: 16)
        do throws(Failure) { try fill(memory) } catch {
            memory.deallocate()
            throw error
        }
        self.init(memory: UnsafeRawBufferPointer(memory)) { memory.deallocate() }
    }

    /// Keeps memory of a C library; `release` is called once, on any thread.
    package init(memory: UnsafeRawBufferPointer, release: @escaping @Sendable () -> Void) {
        owner = Owner(memory, release: release)
    }

    private init(copying elements: [some BitwiseCopyable]) {
        // A Swift array lends its address for a call only.
        self = elements.withUnsafeBytes { source in
            FrameBytes(byteCount: source.count) { $0.copyMemory(from: source) }
        }
    }

    /// The number of bytes.
    package var count: Int { owner.memory.count }

    /// The same for frames that share their memory, as long as one of them lives.
    package var identity: ObjectIdentifier { ObjectIdentifier(owner) }

    /// Lends the bytes for the call.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(owner) {} }
        return try body(owner.memory)
    }

    /// The bytes for a C library that keeps their address: it stays valid until the owner, retained here
    /// once, is released, which may happen on any thread.
    package func retained() -> (memory: UnsafeRawBufferPointer, owner: Unmanaged<AnyObject>) {
        (owner.memory, Unmanaged.passRetained(owner))
    }

    /// The first bytes without a copy; `onReturn` is called once, on any thread, when nobody has them any
    /// more.
    package func lent(_ count: Int, onReturn: @escaping @Sendable () -> Void) -> FrameBytes {
        FrameBytes(memory: UnsafeRawBufferPointer(rebasing: owner.memory[..<count])) { [owner] in
            withExtendedLifetime(owner) {}
            onReturn()
        }
    }

    /// A copy as an array.
    package var array: [UInt8] { withUnsafeBytes { Array($0) } }

    // Memory that nobody writes to any more, and what frees it.
    private final class Owner: @unchecked Sendable {
        let memory: UnsafeRawBufferPointer
        private let release: @Sendable () -> Void
        init(_ memory: UnsafeRawBufferPointer, release: @escaping @Sendable () -> Void) {
            self.memory = memory
            self.release = release
        }
        deinit { release() }
    }
}
