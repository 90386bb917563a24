import Crypto

/// The SHA-256 of some content, the only name that processes use for content.
package struct ContentDigest: Hashable, Sendable, Comparable, CustomStringConvertible {
    package static let byteCount = 32

    package let bytes: [UInt8]

    package init(hashing content: some Sequence<UInt8>) {
        var hasher = ContentHasher()
        hasher.update(content)
        self = hasher.finalize()
    }

    /// `nil` unless there are 32 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads 64 hexadecimal digits in either case; `nil` for anything else, so a path can't pass as a digest.
    package init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        guard digits.count == 2 * Self.byteCount else { return nil }
        var bytes: [UInt8] = []
        for pair in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.value(of: digits[pair]), let low = Self.value(of: digits[pair + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    fileprivate init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// Eight bytes are enough, since a digest's bits are evenly distributed.
    package func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine($0.loadUnaligned(as: UInt64.self)) }
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    package var description: String { hex }

    package static func < (left: ContentDigest, right: ContentDigest) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension ContentDigest: Codable {
    /// Decodes 64 hexadecimal digits.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = ContentDigest(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a digest has 64 hexadecimal digits")
        }
        self = digest
    }

    /// Encodes 64 hexadecimal digits.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

package struct ContentHasher: Sendable {
    private var function = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        function.update(bufferPointer: bytes)
    }

    package mutating func update(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { function.update(bufferPointer: .init($0)) }
        if done == nil {
            function.update(data: Array(bytes))
        }
    }

    /// Adds the length of `text` and its UTF-8, so that adjacent texts can't be confused.
    package mutating func update(field text: String) {
        let utf8 = Array(text.utf8)
        update(bigEndian: UInt64(utf8.count))
        update(utf8)
    }

    package mutating func update(bigEndian value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { function.update(bufferPointer: $0) }
    }

    /// Adds the bytes of floats as in memory, which is little-endian on every supported machine.
    package mutating func update(floats: [Float]) {
        floats.withUnsafeBytes { function.update(bufferPointer: $0) }
    }

    package func finalize() -> ContentDigest {
        ContentDigest(unchecked: Array(function.finalize()))
    }
}
