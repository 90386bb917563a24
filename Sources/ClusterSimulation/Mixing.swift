/// A 64-bit hash, built word by word. Unlike the standard library's, it is the same in every process.
struct Mixing: Sendable, Equatable {
    private(set) var value: UInt64

    init(_ start: UInt64 = 0) { value = start }

    /// Adds one word; the order matters. The finaliser is SplitMix64's (Steele, Lea, Flood, 2014).
    mutating func add(_ word: UInt64) {
        var mixed = (value &* 0x9E37_79B9_7F4A_7C15 &+ word) ^ (value >> 29)
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        value = mixed ^ (mixed >> 31)
    }

    mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }

    static func hash(_ words: UInt64...) -> UInt64 {
        var mixing = Mixing()
        for word in words { mixing.add(word) }
        return mixing.value
    }
}
