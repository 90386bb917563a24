import Crypto

/// The SHA-256 of some content: the only name by which content travels between processes.
package struct ContentDigest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The digest's length in bytes.
    package static let byteCount = 32

    /// The 32 bytes of the digest.
    package let bytes: [UInt8]

    /// Hashes `content` whole.
    package init(hashing content: some Sequence<UInt8>) {
        var hasher = ContentHasher()
        hasher.update(content)
        self = hasher.finalize()
    }

    /// Takes 32 ready bytes; `nil` for any other length.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads 64 hexadecimal digits in either case; `nil` for anything else, so that a path can't pass as a
    /// digest.
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

    /// Eight of its bytes tell as much as all: they are spread evenly as they are.
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
    /// From 64 hexadecimal digits.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = ContentDigest(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a digest has 64 hexadecimal digits")
        }
        self = digest
    }

    /// As 64 hexadecimal digits.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

/// Hashes content that comes in pieces.
package struct ContentHasher: Sendable {
    private var function = SHA256()

    package init() {}

    /// Adds bytes that lie in one piece of memory.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        function.update(bufferPointer: bytes)
    }

    /// Adds any bytes.
    package mutating func update(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { function.update(bufferPointer: .init($0)) }
        if done == nil {
            function.update(data: Array(bytes))
        }
    }

    /// Adds the UTF-8 of `text`, preceded by its length, so that neighbouring texts can't run together.
    package mutating func update(field text: String) {
        let utf8 = Array(text.utf8)
        update(bigEndian: UInt64(utf8.count))
        update(utf8)
    }

    /// Adds eight bytes, most significant first.
    package mutating func update(bigEndian value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { function.update(bufferPointer: $0) }
    }

    /// Adds the bytes of floats as they lie in memory, which is little-endian on every machine supported.
    package mutating func update(floats: [Float]) {
        floats.withUnsafeBytes { function.update(bufferPointer: $0) }
    }

    /// The digest of all that was added.
    package func finalize() -> ContentDigest {
        ContentDigest(unchecked: Array(function.finalize()))
    }
}
