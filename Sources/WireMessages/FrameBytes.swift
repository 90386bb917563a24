/// Immutable bytes with one owner, shared between threads and handed to the transport.
package struct FrameBytes: Sendable {
    private let owner: Owner

    /// Keeps `bytes` without a copy.
    package init(_ bytes: [UInt8]) { owner = ArrayOwner(bytes) }

    /// Keeps `floats` without a copy, as their bytes.
    package init(_ floats: [Float]) { owner = ArrayOwner(floats) }

    /// Allocates `byteCount` bytes, aligned to 16, which `fill` writes once.
    package init<Failure: Error>(
        byteCount: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        // Written here, and only read and freed afterwards.
        nonisolated(unsafe) let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: byteCount, alignment: 16)
        do throws(Failure) { try fill(memory) } catch {
            memory.deallocate()
            throw error
        }
        self.init(memory: UnsafeRawBufferPointer(memory)) { memory.deallocate() }
    }

    /// Keeps a C library's memory; `release` is called once, on any thread.
    package init(memory: UnsafeRawBufferPointer, release: @escaping @Sendable () -> Void) {
        owner = MemoryOwner(memory, release: release)
    }

    package var count: Int { owner.count }

    /// Equal for frames that share their memory, as long as one of them lives.
    package var identity: ObjectIdentifier { ObjectIdentifier(owner) }

    /// Lends the bytes for the duration of the call.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try owner.borrow(body)
    }

    /// The bytes for a C library that keeps their address. They stay valid until the owner, retained once
    /// here, is released, which may happen on any thread. `nil` for an array's bytes, whose address is only
    /// valid during a call.
    package func retained() -> (memory: UnsafeRawBufferPointer, owner: Unmanaged<AnyObject>)? {
        guard let owner = owner as? MemoryOwner else { return nil }
        return (owner.memory, Unmanaged.passRetained(owner))
    }

    /// The same bytes in memory of their own, for messages that go to many peers.
    package func owned() -> FrameBytes {
        if owner is MemoryOwner { return self }
        return withUnsafeBytes { source in FrameBytes(byteCount: source.count) { $0.copyMemory(from: source) }
        }
    }

    /// The first `count` bytes, without a copy if they have memory of their own. `onReturn` is called once,
    /// on any thread, when nobody uses them any more.
    package func lent(_ count: Int, onReturn: @escaping @Sendable () -> Void) -> FrameBytes {
        guard let owner = owner as? MemoryOwner else { return owned().lent(count, onReturn: onReturn) }
        return FrameBytes(memory: UnsafeRawBufferPointer(rebasing: owner.memory[..<count])) {
            withExtendedLifetime(owner) {}
            onReturn()
        }
    }

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

    // Memory that is no longer written to, and the closure that frees it.
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
