import ExactArithmetic
import Foundation

/// The inputs of a search: a pure function of seed, parser and number.
struct FuzzInputs {
    private let parser: FuzzParser
    private let seed: UInt64
    private let sound: [[UInt8]]

    /// - Parameter folder: the folder that `prepare` has filled with valid inputs.
    init(_ parser: FuzzParser, seed: UInt64, folder: String) throws {
        self.parser = parser
        self.seed = seed
        sound = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().compactMap { name in
            FileManager.default.contents(atPath: folder + "/" + name).map { Array($0) }
        }
    }

    /// Writes the parser's valid inputs, its own and those of a corpus, to a new folder.
    static func prepare(_ parser: FuzzParser, corpus: String?, folder: String) throws {
        var sound = try parser.seeds()
        for name in try corpus.map({ try FileManager.default.contentsOfDirectory(atPath: $0).sorted() }) ?? []
        {
            guard let data = FileManager.default.contents(atPath: "\(corpus ?? "")/\(name)") else { continue }
            if parser.takes(Array(data)) { sound.append(Array(data)) }
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (place, bytes) in sound.enumerated() {
            try Data(bytes).write(to: URL(filePath: "\(folder)/\(100_000 + place)"))
        }
    }

    /// The first inputs are the valid ones, unchanged.
    subscript(number: Int) -> [UInt8] {
        if number < sound.count { return sound[number] }
        var mutation = Mutation(
            random: CounterBasedGenerator(
                seed: seed ^ UInt64(number) << 20, purpose: .simulation,
                index: UInt32(truncatingIfNeeded: number)), sound: sound)
        let bent = mutation.bent()
        return mutation.chance(3, of: 4) ? parser.repair(bent) : bent
    }
}

/// Changes a valid input in a few places.
struct Mutation {
    var random: CounterBasedGenerator
    let sound: [[UInt8]]
    private var bytes: [UInt8] = []

    /// The most bytes that a mutated input may add to a valid one.
    private static let growth = 1 << 16
    /// Headers are at the beginning, so most changes are made there.
    private static let headerBytes = 640

    init(random: CounterBasedGenerator, sound: [[UInt8]]) {
        self.random = random
        self.sound = sound
    }

    mutating func chance(_ hits: Int, of all: Int) -> Bool { random.next(below: all) < hits }

    mutating func bent() -> [UInt8] {
        bytes = pick(sound)
        let most = bytes.count + Self.growth
        for _ in 0...random.next(below: 5) {
            bendOnce()
            if bytes.count > most { bytes.removeSubrange(most...) }
        }
        return bytes
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[random.next(below: elements.count)]
    }

    /// An index in the bytes, or the one after the last.
    private mutating func place() -> Int {
        let count = chance(2, of: 3) ? min(bytes.count, Self.headerBytes) : bytes.count
        return random.next(below: count + 1)
    }

    private mutating func range() -> Range<Int> {
        let start = place()
        let most = min(bytes.count - start, chance(3, of: 4) ? 16 : 4096)
        return start..<start + random.next(below: most + 1)
    }

    private mutating func bendOnce() {
        switch random.next(below: 14) {
        case 0, 1: overwrite([UInt8(random.next(below: 256))], at: place())
        case 2:
            let place = place()
            if place < bytes.count { bytes[place] ^= 1 << UInt8(random.next(below: 8)) }
        case 3, 4: overwrite(binaryNumber(), at: place())
        case 5: bytes.removeSubrange(place()...)
        case 6: bytes.removeSubrange(range())
        case 7:
            let piece = Array(bytes[range()])
            bytes.insert(contentsOf: piece, at: place())
        case 8:
            let other = pick(sound)
            let start = random.next(below: other.count + 1)
            bytes.replaceSubrange(place()..., with: other[start...])
        case 9: bytes.insert(contentsOf: repeatElement(pick([0, 0xFF, 0x20, 0x80]), count: 9), at: place())
        case 10: replaceNumber()
        case 11: replaceNumber()
        case 12: replaceText()
        default: nest()
        }
    }

    private mutating func overwrite(_ new: [UInt8], at place: Int) {
        for (offset, byte) in new.enumerated() where place + offset < bytes.count {
            bytes[place + offset] = byte
        }
    }

    private static let interesting: [UInt64] = [
        0, 1, 2, 3, 7, 8, 16, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536, 1 << 24, 1 << 30,
        (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40, 1 << 48, 1 << 61, 1 << 62, (1 << 63) - 1,
        1 << 63, .max - 1, .max,
    ]

    /// A number that code often forgets to handle, in one of the encodings that files use.
    private mutating func binaryNumber() -> [UInt8] {
        let value = pick(Self.interesting)
        let little = withUnsafeBytes(of: value.littleEndian, Array.init)
        let width = pick([1, 2, 4, 8])
        switch random.next(below: 3) {
        case 0: return Array(little.prefix(width))
        case 1: return little.prefix(width).reversed()
        default:  // as protobuf has it
            var (rest, varint) = (value, [UInt8]())
            while rest >= 0x80 {
                varint.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            return varint + [UInt8(rest)]
        }
    }

    private static let numbers = [
        "0", "-1", "1", "2", "8", "255", "65536", "9999999", "16777217", "2147483648", "4294967296",
        "281474976710657", "4611686018427387904", "9223372036854775807", "-9223372036854775808",
        "18446744073709551615", "1e19", "1e308", "1e400", "-1e300", "0.5", "-0.0", "nan", "inf",
    ]

    private static func isNumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || Array("+-.eE".utf8).contains(byte)
    }

    /// Replaces a number that is written in digits.
    private mutating func replaceNumber() {
        var start = place()
        while start < bytes.count, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[start]) {
            start += 1
        }
        guard start < bytes.count else { return }
        while start > 0, Self.isNumeric(bytes[start - 1]) { start -= 1 }
        var end = start
        while end < bytes.count, Self.isNumeric(bytes[end]) { end += 1 }
        bytes.replaceSubrange(start..<end, with: Array(pick(Self.numbers).utf8))
    }

    private static let texts = [
        "", "\u{0}", "a/../b", "\\", "\"", "\\u0000", "\\ud800", "e\u{301}", "[", "]", ":", ",", "\n", "\r\n",
        "\t",
        String(repeating: "x", count: 5000),
    ]

    /// Replaces the text between two separators.
    private mutating func replaceText() {
        let marks = Array("\"\n,: =@[]".utf8)
        guard let start = bytes[place()...].firstIndex(where: marks.contains) else { return }
        let end = bytes[(start + 1)...].firstIndex(where: marks.contains) ?? bytes.count
        bytes.replaceSubrange(start + 1..<end, with: Array(pick(Self.texts).utf8))
    }

    /// Inserts opening brackets, up to 8000, to test nesting.
    private mutating func nest() {
        let opening = pick(["[", "{\"a\":", "(", "[[", "\n"])
        let text = String(repeating: opening, count: pick([1, 10, 600, 8000]))
        bytes.insert(contentsOf: Array(text.utf8), at: place())
    }
}
