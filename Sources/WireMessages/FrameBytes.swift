/// Immutable bytes with one owner, shared between threads and handed to the transport.
package struct FrameBytes: Sendable {
    private let owner: Owner

    /// Keeps `bytes` alive.
    package init(_ bytes: [UInt8]) { owner = ArrayOwner(bytes) }

    /// Keeps `floats` alive, seen as their bytes.
    package init(_ floats: [Float]) { owner = ArrayOwner(floats) }

    /// So many bytes of memory of their own, which `fill` writes once.
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
        owner = MemoryOwner(memory, release: release)
    }

    /// The number of bytes.
    package var count: Int { owner.count }

    /// The same for frames that share their memory, as long as one of them lives.
    package var identity: ObjectIdentifier { ObjectIdentifier(owner) }

    /// Lends the bytes for the call.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try owner.borrow(body)
    }

    /// The bytes for a C library that keeps their address: it stays valid until the owner, retained here
    /// once, is released, which may happen on any thread. `nil` for an array's bytes, whose address is lent
    /// for a call only.
    package func retained() -> (memory: UnsafeRawBufferPointer, owner: Unmanaged<AnyObject>)? {
        guard let owner = owner as? MemoryOwner else { return nil }
        return (owner.memory, Unmanaged.passRetained(owner))
    }

    /// The same bytes in memory of their own, for what goes to many.
    package func owned() -> FrameBytes {
        if owner is MemoryOwner { return self }
        return withUnsafeBytes { source in FrameBytes(byteCount: source.count) { $0.copyMemory(from: source) }
        }
    }

    /// The first bytes, without a copy where they have memory of their own; `onReturn` is called once, on any
    /// thread, when nobody has them any more.
    package func lent(_ count: Int, onReturn: @escaping @Sendable () -> Void) -> FrameBytes {
        guard let owner = owner as? MemoryOwner else { return owned().lent(count, onReturn: onReturn) }
        return FrameBytes(memory: UnsafeRawBufferPointer(rebasing: owner.memory[..<count])) {
            withExtendedLifetime(owner) {}
            onReturn()
        }
    }

    /// A copy as an array.
    package var array: [UInt8] { withUnsafeBytes { Array($0) } }

    fileprivate class Owner: @unchecked Sendable {  // Immutable after init; subclasses hold it so.
        var count: Int { 0 }
        func borrow<Result, Failure: Error>(
            _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try body(.init(start: nil, count: 0))
        }
    }

    private final class ArrayOwner<Element: BitwiseCopyable>: Owner, @unchecked Sendable {  // A `let` array.
        private let elements: [Element]
        init(_ elements: [Element]) { self.elements = elements }
        override var count: Int { elements.count * MemoryLayout<Element>.stride }
        override func borrow<Result, Failure: Error>(
            _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try elements.withUnsafeBufferPointer { (elements) throws(Failure) in
                try body(UnsafeRawBufferPointer(elements))
            }
        }
    }

    // Memory that nobody writes to any more, and what frees it.
    private final class MemoryOwner: Owner, @unchecked Sendable {
        let memory: UnsafeRawBufferPointer
        private let release: @Sendable () -> Void
        init(_ memory: UnsafeRawBufferPointer, release: @escaping @Sendable () -> Void) {
            self.memory = memory
            self.release = release
        }
        deinit { release() }
        override var count: Int { memory.count }
        override func borrow<Result, Failure: Error>(
            _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            defer { withExtendedLifetime(self) {} }
            return try body(memory)
        }
    }
}
