import WireMessages

/// A question of libzmq's: may this key connect?
struct ZAPRequest {
    /// Version, request, domain, address, routing id, mechanism, key.
    static let frameCount = 7
    private static let version = Array("1.0".utf8)

    let id: [UInt8]
    let domain: String
    let address: String
    /// `nil` where the mechanism is another than CURVE.
    let key: PublicKey?

    init?(_ frames: [FrameBytes]) {
        guard frames.count == Self.frameCount, frames[0].array == Self.version else { return nil }
        id = frames[1].array
        domain = String(decoding: frames[2].array, as: UTF8.self)
        address = String(decoding: frames[3].array, as: UTF8.self)
        key = frames[5].array == Array("CURVE".utf8) ? PublicKey(bytes: frames[6].array) : nil
    }

    /// The answer's frames. Whoever is admitted is known by the key's text from then on, which libzmq puts
    /// on each of its messages as "User-Id".
    static func reply(id: [UInt8], admitted key: PublicKey?) -> [[UInt8]] {
        [
            version, id, Array((key == nil ? "400" : "200").utf8),
            Array((key == nil ? "not admitted" : "OK").utf8), Array((key?.z85 ?? "").utf8), [],
        ]
    }
}
