import WireMessages

/// A part of a message that is small enough to be sent at once: a multipart message of libzmq.
///
/// Its first frame identifies it, all numbers little-endian:
/// - first segment: `0x48 0x01`, tensors (u16), header bytes (u32), message number (u32), each tensor's
///   length (u64), the header;
/// - others: `0x48 0x02`, 0 (u16), index in the message (u32), message number (u32).
///
/// The other frames are the tensors' bytes, in order, with a tensor's pieces next to each other.
struct Segment {
    /// Bytes before the lengths.
    static let preambleBytes = 12
    static let mark: UInt8 = 0x48
    static let begins: UInt8 = 1
    static let continues: UInt8 = 2
    /// The cost of a queued segment besides its payload, so that small segments are bounded too.
    private static let overhead = 256

    /// A range of a tensor's bytes.
    struct Piece {
        let bytes: FrameBytes
        let range: Range<Int>
    }

    let preamble: [UInt8]
    private(set) var pieces: [Piece] = []
    private var payloadBytes = 0

    /// Bytes that count against a queue's bound.
    var cost: Int { ownBytes + payloadBytes }

    /// The cost without the tensors.
    var ownBytes: Int { preamble.count + Self.overhead }

    private init(preamble: [UInt8]) { self.preamble = preamble }

    /// Cuts a message into segments; tensors are referenced, not copied.
    static func cut(_ message: WireFrames, number: UInt32, segmentBytes: Int) -> [Segment] {
        var preamble = head(begins, UInt16(message.tensors.count), UInt32(message.header.count), number)
        for tensor in message.tensors { preamble.append(littleEndian: UInt64(tensor.count)) }
        preamble += message.header
        var segments: [Segment] = []
        var current = Segment(preamble: preamble)
        for tensor in message.tensors {
            var position = 0
            while position < tensor.count {
                if current.payloadBytes == segmentBytes {
                    segments.append(current)
                    current = Segment(preamble: head(continues, 0, UInt32(segments.count), number))
                }
                let count = min(tensor.count - position, segmentBytes - current.payloadBytes)
                current.pieces.append(Piece(bytes: tensor, range: position..<position + count))
                current.payloadBytes += count
                position += count
            }
        }
        segments.append(current)
        return segments
    }

    private static func head(_ kind: UInt8, _ tensors: UInt16, _ length: UInt32, _ number: UInt32) -> [UInt8]
    {
        var bytes = [mark, kind]
        bytes.append(littleEndian: tensors)
        bytes.append(littleEndian: length)
        bytes.append(littleEndian: number)
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
