/// The purpose of a random number. Different purposes never share numbers.
package enum RandomPurpose: UInt32, Sendable {
    case augmentation = 1
    case epochOrder = 2
    case headInitialization = 3
    case samplePictures = 5
    case simulation = 6
}

/// Random numbers that are a pure function of (seed, purpose, epoch, index, position): Philox4x32-10.
///
/// There is no state to share or lose: any process can draw any number at any time and gets the same value.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
package struct CounterBasedGenerator: RandomNumberGenerator, Sendable {
    private let key: (UInt32, UInt32)
    private var counter: (UInt32, UInt32, UInt32, UInt32)
    private var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    private var nextPair = 2

    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - purpose: the purpose of the numbers.
    ///   - epoch: zero-based; 0 if there is none.
    ///   - index: the picture's or tensor's index; 0 if there is none.
    package init(seed: UInt64, purpose: RandomPurpose, epoch: UInt32 = 0, index: UInt32 = 0) {
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        counter = (0, index, epoch, purpose.rawValue)
    }

    /// Ten rounds of Philox4x32 on one counter block.
    package static func block(
        counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
    ) -> (UInt32, UInt32, UInt32, UInt32) {
        var c = counter
        var k = key
        for _ in 0..<10 {
            let a = UInt64(0xD251_1F53) * UInt64(c.0)
            let b = UInt64(0xCD9E_8D57) * UInt64(c.2)
            c = (
                UInt32(truncatingIfNeeded: b >> 32) ^ c.1 ^ k.0, UInt32(truncatingIfNeeded: b),
                UInt32(truncatingIfNeeded: a >> 32) ^ c.3 ^ k.1, UInt32(truncatingIfNeeded: a)
            )
            k = (k.0 &+ 0x9E37_79B9, k.1 &+ 0xBB67_AE85)
        }
        return c
    }

    package mutating func next() -> UInt64 {
        if nextPair == 2 {
            words = Self.block(counter: counter, key: key)
            counter.0 &+= 1
            nextPair = 0
        }
        defer { nextPair += 1 }
        return nextPair == 0
            ? UInt64(words.0) | UInt64(words.1) << 32 : UInt64(words.2) | UInt64(words.3) << 32
    }

    /// The next double in [0, 1), a multiple of 2^-53.
    package mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// The next double in [range.lowerBound, range.upperBound).
    package mutating func nextUniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * nextUnit()
    }

    /// The next integer in 0..<bound, without bias; `bound` is positive.
    ///
    /// Implemented here, because the standard library may change its algorithm in any release, and runs must
    /// not change with it. Source: Lemire, "Fast random integer generation in an interval" (ACM TOMACS 2019).
    package mutating func next(below bound: Int) -> Int {
        precondition(bound > 0)
        let bound = UInt64(bound)
        let rejected = (0 &- bound) % bound
        var product = next().multipliedFullWidth(by: bound)
        while product.low < rejected { product = next().multipliedFullWidth(by: bound) }
        return Int(product.high)
    }

    /// A random permutation of 0..<count (Fisher and Yates, from the last position down).
    package mutating func permutation(count: Int) -> [Int] {
        var order = Array(0..<count)
        for place in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(place, next(below: place + 1))
        }
        return order
    }
}
