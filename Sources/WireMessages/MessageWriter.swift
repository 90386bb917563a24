import ContentAddressing
import Foundation
import SwiftProtobuf

/// Collects a message's tensor frames while its header is made.
struct MessageWriter {
    private var frames: [FrameBytes] = []

    /// The header that describes `tensor`, whose bytes become the next frame.
    mutating func tensor(_ tensor: Tensor) -> ProtoTensor {
        frames.append(tensor.bytes)
        return .with {
            $0.element = UInt32(tensor.element.rawValue)
            $0.shape = tensor.shape.map(UInt64.init)
        }
    }

    func frames(with header: some SwiftProtobuf.Message) -> WireFrames {
        do {
            return WireFrames(header: try header.serializedBytes(), tensors: frames)
        } catch {
            // Encoding fails only for required fields and for headers of 2 GB, and there are none.
            preconditionFailure("a header can't be encoded: \(error)")
        }
    }
}

extension String {
    /// The text cut to the bytes that `WireLimits` allows, at a character boundary.
    var fittedToWire: String {
        let limit = WireLimits().maximumTextBytes
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: limit - 3)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return self[..<end] + "…"
    }
}

extension ContentDigest {
    var data: Data { Data(bytes) }
}
