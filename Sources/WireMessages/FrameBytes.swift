/// Immutable bytes with one owner, shared between threads and handed to the transport without a copy.
package struct FrameBytes: Sendable {
    private let owner: Owner

    /// Keeps `bytes` alive.
    package init(_ bytes: [UInt8]) { owner = ArrayOwner(bytes) }

    /// Keeps `floats` alive, seen as their bytes.
    package init(_ floats: [Float]) { owner = ArrayOwner(floats) }

    /// Keeps memory of a C library; `release` is called once, on any thread.
    package init(memory: UnsafeRawBufferPointer, release: @escaping @Sendable () -> Void) {
        owner = ForeignOwner(memory, release: release)
    }

    /// The number of bytes.
    package var count: Int { owner.count }

    /// Lends the bytes for the call.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try owner.borrow(body)
    }

    /// The bytes for a C library that keeps their address: it stays valid until the owner, retained here
    /// once, is released, which may happen on any thread. Arrays never move while they are kept and not
    /// written to.
    package func retained() -> (memory: UnsafeRawBufferPointer, owner: Unmanaged<AnyObject>) {
        (withUnsafeBytes { $0 }, Unmanaged.passRetained(owner))
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

    // C memory that nobody writes to any more.
    private final class ForeignOwner: Owner, @unchecked Sendable {
        private let memory: UnsafeRawBufferPointer
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
            try body(memory)
        }
    }
}
