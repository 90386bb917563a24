import ContentAddressing
import Foundation
import SwiftProtobuf

/// Converts decoded headers to checked values, and hands out the message's tensor frames in order.
struct MessageReader {
    let limits: WireLimits
    private let frames: [FrameBytes]
    private var used = 0

    /// Checks the frames as a whole against `limits`.
    init(_ message: WireFrames, limits: WireLimits) throws(WireError) {
        self.limits = limits
        frames = message.tensors
        try Self.check(message.header.count, atMost: limits.maximumHeaderBytes, "header")
        try Self.check(frames.count, atMost: limits.maximumTensors, "number of tensors")
        try Self.check(message.byteCount, atMost: limits.maximumMessageBytes, "size")
    }

    func header<Header: SwiftProtobuf.Message>(
        of message: WireFrames, as type: Header.Type
    ) throws(WireError) -> Header {
        do {
            return try Header(serializedBytes: message.header)
        } catch {
            throw .malformedHeader
        }
    }

    /// Throws if the header has not named every tensor.
    func finish() throws(WireError) {
        guard used == frames.count else { throw .tensorCount(named: used, received: frames.count) }
    }

    /// The next frame as the tensor that `header` describes.
    mutating func tensor(
        _ header: ProtoTensor, _ field: String, dimensions: Int, element: TensorElement? = nil
    ) throws(WireError) -> Tensor {
        guard let kind = UInt8(exactly: header.element).flatMap(TensorElement.init(rawValue:)),
            element == nil || element == kind, header.shape.count == dimensions
        else { throw .invalidValue(field: field) }
        var bytes = kind.byteCount
        var shape: [Int] = []
        for extent in header.shape {
            let extent = try integer(extent, field, limit: limits.maximumMessageBytes)
            let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw .invalidValue(field: field) }
            bytes = product
            shape.append(extent)
        }
        guard used < frames.count else { throw .tensorCount(named: used + 1, received: frames.count) }
        let frame = frames[used]
        used += 1
        guard frame.count == bytes else {
            throw .tensorSize(field: field, expected: bytes, received: frame.count)
        }
        return Tensor(element: kind, shape: shape, bytes: frame)
    }

    /// A number from 0 to `limit`, or to `maximumNumber` without one.
    func integer(_ value: UInt64, _ field: String, limit: Int? = nil) throws(WireError) -> Int {
        let limit = limit ?? limits.maximumNumber
        guard let number = Int(exactly: value), number <= limit else {
            throw .exceedsLimit(field: field, value: value, limit: limit)
        }
        return number
    }

    /// As `integer`, but not 0: for divisors and sizes.
    func positive(_ value: UInt64, _ field: String, limit: Int? = nil) throws(WireError) -> Int {
        let number = try integer(value, field, limit: limit)
        guard number > 0 else { throw .invalidValue(field: field) }
        return number
    }

    /// A text within the limit.
    func text(_ value: String, _ field: String) throws(WireError) -> String {
        try Self.check(value.utf8.count, atMost: limits.maximumTextBytes, field)
        return value
    }

    func digest(_ value: Data, _ field: String) throws(WireError) -> ContentDigest {
        guard let digest = ContentDigest(bytes: value) else { throw .invalidValue(field: field) }
        return digest
    }

    /// The elements, each translated; throws if there are too many.
    func list<Element, Value>(
        _ elements: [Element], _ field: String, _ translate: (Element) throws(WireError) -> Value
    ) throws(WireError) -> [Value] {
        try Self.check(elements.count, atMost: limits.maximumSamples, field)
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for element in elements { values.append(try translate(element)) }
        return values
    }

    /// A number that is neither NaN nor infinite, nor so large that a sum of such numbers would be.
    func finite(_ value: Double, _ field: String) throws(WireError) -> Double {
        guard value.magnitude <= Double(limits.maximumNumber) else { throw .invalidValue(field: field) }
        return value
    }

    private static func check(_ count: Int, atMost limit: Int, _ field: String) throws(WireError) {
        guard count <= limit else {
            throw .exceedsLimit(field: field, value: UInt64(count), limit: limit)
        }
    }
}

extension WireError {
    /// The error for an unknown message, whose kind is the first field that was not understood.
    static func unknown(_ parent: String, _ unknown: SwiftProtobuf.UnknownStorage) -> WireError {
        var tag: UInt64 = 0
        for (index, byte) in unknown.data.prefix(5).enumerated() {
            tag |= UInt64(byte & 0x7F) << (7 * UInt64(index))
            if byte < 0x80 { return .unknownMessage(in: parent, kind: Int(tag >> 3)) }
        }
        return .unknownMessage(in: parent, kind: nil)
    }
}
