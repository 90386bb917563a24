import WireMessages

package enum SegmentError: Error, Equatable, CustomStringConvertible {
    /// The first frame isn't a segment's.
    case notASegment
    /// A later segment of a message whose beginning was lost or never sent.
    case outOfOrder
    /// The announced or received bytes exceed the limit.
    case tooLarge(bytes: UInt64, limit: Int)
    /// The frames don't fill the announced tensors.
    case wrongFrames

    package var description: String {
        switch self {
        case .notASegment: "it does not speak headstart's protocol"
        case .outOfOrder: "it sent a later part of a message that it had not begun"
        case .tooLarge(let bytes, let limit):
            "it sent a message of \(bytes) bytes, more than the limit of \(limit)"
        case .wrongFrames: "the parts of its message do not fit each other"
        }
    }
}

/// Reassembles one peer's messages. A tensor that arrives in one frame keeps that frame's memory. One in
/// several pieces is copied once, into memory of its announced size, which the limits bound for each peer.
package struct MessageAssembler {
    /// The limits for the next message.
    var limits: WireLimits
    private var partial: Partial?

    fileprivate struct Partial {
        var number: UInt32
        var nextSegment: UInt32 = 1
        var header: [UInt8]
        var lengths: [Int]
        var tensors: [FrameBytes] = []
        var buffer: AssemblyBuffer?
    }

    package init(limits: WireLimits) { self.limits = limits }

    /// Takes the frames of one segment (`nil` if it had too many) and returns the message that it completes,
    /// if any. After an error the message in progress is dropped.
    package mutating func accept(_ frames: [FrameBytes]?) throws(SegmentError) -> WireFrames? {
        var current = partial
        partial = nil
        guard let frames, let first = frames.first else { throw .notASegment }
        let preamble = first.array
        guard preamble.count >= Segment.preambleBytes, preamble[0] == Segment.mark else { throw .notASegment }
        switch preamble[1] {
        case Segment.begins: current = try begin(preamble)
        case Segment.continues:
            guard preamble.count == Segment.preambleBytes, let segment = current,
                segment.number == preamble.littleEndian(UInt32.self, at: 8),
                segment.nextSegment == preamble.littleEndian(UInt32.self, at: 4)
            else { throw .outOfOrder }
            current?.nextSegment += 1
        default: throw .notASegment
        }
        guard var current else { throw .outOfOrder }
        for piece in frames.dropFirst() { try current.append(piece) }
        current.appendEmptyTensors()
        if current.tensors.count == current.lengths.count {
            return WireFrames(header: current.header, tensors: current.tensors)
        }
        // Each further segment must bring something, or a message could go on for ever.
        guard frames.count > 1 || current.nextSegment == 1 else { throw .wrongFrames }
        partial = current
        return nil
    }

    private func begin(_ preamble: [UInt8]) throws(SegmentError) -> Partial {
        let tensors = Int(preamble.littleEndian(UInt16.self, at: 2))
        let headerBytes = Int(preamble.littleEndian(UInt32.self, at: 4))
        guard tensors <= limits.maximumTensors else {
            throw .tooLarge(bytes: UInt64(tensors), limit: limits.maximumTensors)
        }
        guard headerBytes <= limits.maximumHeaderBytes else {
            throw .tooLarge(bytes: UInt64(headerBytes), limit: limits.maximumHeaderBytes)
        }
        let headerStart = Segment.preambleBytes + tensors * 8
        guard preamble.count == headerStart + headerBytes else { throw .wrongFrames }
        var total = UInt64(headerBytes)
        var lengths: [Int] = []
        for index in 0..<tensors {
            let length = preamble.littleEndian(UInt64.self, at: Segment.preambleBytes + index * 8)
            total = total.addingReportingOverflow(length).overflow ? .max : total + length
            guard total <= UInt64(limits.maximumMessageBytes) else {
                throw .tooLarge(bytes: total, limit: limits.maximumMessageBytes)
            }
            lengths.append(Int(length))
        }
        return Partial(
            number: preamble.littleEndian(UInt32.self, at: 8), header: Array(preamble[headerStart...]),
            lengths: lengths)
    }
}

extension MessageAssembler.Partial {
    /// Adds a frame of payload to the tensor in progress.
    fileprivate mutating func append(_ piece: FrameBytes) throws(SegmentError) {
        appendEmptyTensors()
        guard tensors.count < lengths.count, piece.count > 0 else { throw .wrongFrames }
        let length = lengths[tensors.count]
        if buffer == nil, piece.count == length {
            tensors.append(piece)
            return
        }
        let target = buffer ?? AssemblyBuffer(byteCount: length)
        guard target.append(piece) else { throw .wrongFrames }
        buffer = target.isFull ? nil : target
        if target.isFull { tensors.append(target.frame()) }
    }

    /// Tensors without elements have no frames.
    fileprivate mutating func appendEmptyTensors() {
        while buffer == nil, tensors.count < lengths.count, lengths[tensors.count] == 0 {
            tensors.append(FrameBytes([UInt8]()))
        }
    }
}

/// Memory in which the pieces of a tensor are gathered. The system allocates pages only as they are written,
/// so an announcement alone costs nothing.
private final class AssemblyBuffer {
    private let memory: UnsafeMutableRawBufferPointer
    private var filled = 0

    init(byteCount: Int) { memory = .allocate(byteCount: byteCount, alignment: 16) }

    var isFull: Bool { filled == memory.count }

    /// Adds bytes; returns `false` if they are too many.
    func append(_ piece: FrameBytes) -> Bool {
        guard piece.count <= memory.count - filled else { return false }
        piece.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: memory[filled...]).copyMemory(from: $0)
        }
        filled += piece.count
        return true
    }

    /// The gathered bytes; they keep this buffer alive.
    func frame() -> FrameBytes {
        // Only kept alive: the bytes are complete and no longer written to.
        nonisolated(unsafe) let buffer = self
        return FrameBytes(memory: UnsafeRawBufferPointer(memory)) { withExtendedLifetime(buffer) {} }
    }

    deinit { memory.deallocate() }
}

extension [UInt8] {
    fileprivate func littleEndian<Value: FixedWidthInteger>(_: Value.Type, at offset: Int) -> Value {
        withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
    }
}
