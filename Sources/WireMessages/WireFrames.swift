/// A message as the transport carries it: an encoded header, and the tensors' bytes in the order in which the
/// header names them.
package struct WireFrames: Sendable {
    package let header: [UInt8]
    package let tensors: [FrameBytes]

    package init(header: [UInt8], tensors: [FrameBytes] = []) {
        self.header = header
        self.tensors = tensors
    }

    package var byteCount: Int { tensors.reduce(header.count) { $0 + $1.count } }
}

/// Bounds on what is accepted from the network, checked before memory is allocated for it.
package struct WireLimits: Sendable, Equatable {
    /// Bytes of a header. A lease of 1024 samples takes about 50 KB.
    package var maximumHeaderBytes = 512 * 1024
    /// Tensors in one message; an extraction answers with one per sample.
    package var maximumTensors = 1024
    /// Samples, verdicts or scores in one message.
    package var maximumSamples = 1024
    /// UTF-8 bytes of a text; the sender cuts longer ones.
    package var maximumTextBytes = 400
    /// The largest value of any number, so that sums and products of a few still fit 64 bits.
    package var maximumNumber = 1 << 48
    /// Bytes of a message, header and tensors. Dense weights of 256 hidden units take 26 MB, of 1024 units
    /// 103 MB.
    package var maximumMessageBytes = 128 * 1024 * 1024

    package init() {}
}

package enum WireError: Error, Equatable, CustomStringConvertible {
    /// The header isn't a protobuf message of the expected kind.
    case malformedHeader
    /// None of the known messages; `kind` is the field number of the one that was sent, if any.
    case unknownMessage(in: String, kind: Int?)
    case missingField(String)
    case invalidValue(field: String)
    case exceedsLimit(field: String, value: UInt64, limit: Int)
    /// The header names more or fewer tensors than the message has.
    case tensorCount(named: Int, received: Int)
    case tensorSize(field: String, expected: Int, received: Int)

    package var description: String {
        switch self {
        case .malformedHeader:
            "a message can't be decoded; check that both ends are the same version of headstart"
        case .unknownMessage(let parent, let kind):
            "\(parent) of unknown kind \(kind.map(String.init) ?? "(none)"); "
                + "check that both ends are the same version of headstart"
        case .missingField(let field): "a message lacks its \(field)"
        case .invalidValue(let field): "a message's \(field) is not a valid value"
        case .exceedsLimit(let field, let value, let limit):
            "a message's \(field) is \(value), more than the limit of \(limit)"
        case .tensorCount(let named, let received):
            "a message names \(named) tensors and brought \(received)"
        case .tensorSize(let field, let expected, let received):
            "the tensor \(field) should have \(expected) bytes and has \(received)"
        }
    }
}
