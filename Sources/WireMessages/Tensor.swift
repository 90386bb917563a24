/// The element types of tensor frames, little-endian.
package enum TensorElement: UInt8, Sendable {
    case float32 = 1
    case uint8 = 2

    package var byteCount: Int { self == .float32 ? 4 : 1 }
}

/// An array of numbers in row-major order. Its bytes may belong to the transport and are not copied on the
/// way.
package struct Tensor: Sendable {
    package let element: TensorElement
    package let shape: [Int]
    package let bytes: FrameBytes

    /// - Precondition: the number of bytes matches shape and element type. The decoder checks frames from the
    ///   network before it creates a tensor.
    package init(element: TensorElement, shape: [Int], bytes: FrameBytes) {
        precondition(bytes.count == shape.reduce(element.byteCount, *))
        self.element = element
        self.shape = shape
        self.bytes = bytes
    }

    /// A float32 tensor that keeps the storage of `floats` without a copy.
    package init(_ floats: [Float], shape: [Int]) {
        self.init(element: .float32, shape: shape, bytes: FrameBytes(floats))
    }

    package init(_ bytes: [UInt8]) {
        self.init(element: .uint8, shape: [bytes.count], bytes: FrameBytes(bytes))
    }

    /// A copy of the elements as floats; empty for another element type.
    package var floats: [Float] {
        guard element == .float32 else { return [] }
        return bytes.withUnsafeBytes { source in
            [Float](unsafeUninitializedCapacity: source.count / 4) { target, count in
                UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
                count = source.count / 4
            }
        }
    }
}
