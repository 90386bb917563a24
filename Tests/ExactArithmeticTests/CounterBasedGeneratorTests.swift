import Testing

@testable import ExactArithmetic

struct CounterBasedGeneratorTests {
    /// A line of Random123's `tests/kat_vectors`: counter, key and the block for them.
    struct KnownAnswer: Sendable {
        let counter: (UInt32, UInt32, UInt32, UInt32)
        let key: (UInt32, UInt32)
        let block: [UInt32]
    }

    private static let ones = UInt32.max

    /// The three lines that begin with `philox4x32 10`.
    static let knownAnswers = [
        KnownAnswer(
            counter: (0, 0, 0, 0), key: (0, 0), block: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        KnownAnswer(
            counter: (ones, ones, ones, ones), key: (ones, ones),
            block: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        KnownAnswer(
            counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: (0xa409_3822, 0x299f_31d0),
            block: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
    ]

    @Test("a block is Philox4x32-10 as Random123 publishes it", arguments: knownAnswers)
    func blocksMatchKnownAnswers(_ answer: KnownAnswer) {
        let block = CounterBasedGenerator.block(counter: answer.counter, key: answer.key)
        #expect([block.0, block.1, block.2, block.3] == answer.block)
    }

    @Test("the numbers are the blocks of counter (position, index, epoch, purpose), low word first")
    func numbersComeFromBlocks() {
        var generator = CounterBasedGenerator(
            seed: 0x0123_4567_89ab_cdef, purpose: .epochOrder, epoch: 7, index: 9)
        for position in UInt32(0)..<3 {
            let block = CounterBasedGenerator.block(
                counter: (position, 9, 7, 2), key: (0x89ab_cdef, 0x0123_4567))
            #expect(generator.next() == UInt64(block.1) << 32 | UInt64(block.0))
            #expect(generator.next() == UInt64(block.3) << 32 | UInt64(block.2))
        }
    }

    @Test("seed, purpose, epoch and index each change the numbers")
    func everyCoordinateCounts() {
        var first: Set<UInt64> = []
        for (seed, purpose, epoch, index) in [
            (1, RandomPurpose.augmentation, 0, 0), (2, .augmentation, 0, 0), (1 << 32, .augmentation, 0, 0),
            (1, .epochOrder, 0, 0), (1, .augmentation, 1, 0), (1, .augmentation, 0, 1),
        ] as [(UInt64, RandomPurpose, UInt32, UInt32)] {
            var generator = CounterBasedGenerator(seed: seed, purpose: purpose, epoch: epoch, index: index)
            first.insert(generator.next())
        }
        #expect(first.count == 6)
    }

    @Test("doubles lie in [0, 1) and fill it evenly")
    func unitsAreUniform() {
        var generator = CounterBasedGenerator(seed: 3, purpose: .augmentation)
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<100_000 {
            let unit = generator.nextUnit()
            #expect(unit >= 0 && unit < 1)
            counts[Int(unit * 10)] += 1
        }
        // Five standard deviations of a count: sqrt(100000 x 0.1 x 0.9) = 95.
        #expect(counts.allSatisfy { abs($0 - 10_000) < 475 })
    }

    @Test("integers below a bound take every value evenly", arguments: [1, 2, 3, 7, 10])
    func boundedIntegersAreUniform(bound: Int) {
        var generator = CounterBasedGenerator(seed: 4, purpose: .augmentation)
        var counts = [Int](repeating: 0, count: bound)
        for _ in 0..<10_000 * bound { counts[generator.next(below: bound)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
    }

    @Test("integers below a bound are drawn by Lemire's method, whatever the standard library does")
    func boundedIntegersAreLemires() {
        // With this bound a quarter of the draws is rejected, so that the rejection is seen too.
        let bound = 3 << 61
        var generator = CounterBasedGenerator(seed: 5, purpose: .augmentation)
        var numbers = generator
        for _ in 0..<100 {
            var product = numbers.next().multipliedFullWidth(by: UInt64(bound))
            while product.low < (0 &- UInt64(bound)) % UInt64(bound) {
                product = numbers.next().multipliedFullWidth(by: UInt64(bound))
            }
            #expect(generator.next(below: bound) == Int(product.high))
        }
    }

    @Test("a permutation holds every place once", arguments: [0, 1, 2, 3, 100, 10_007])
    func permutationsAreComplete(count: Int) {
        var generator = CounterBasedGenerator(seed: 6, purpose: .epochOrder)
        #expect(generator.permutation(count: count).sorted() == Array(0..<count))
    }

    @Test("a permutation depends on seed and epoch only")
    func permutationsAreReproducible() {
        func order(seed: UInt64, epoch: UInt32) -> [Int] {
            var generator = CounterBasedGenerator(seed: seed, purpose: .epochOrder, epoch: epoch)
            return generator.permutation(count: 1000)
        }
        #expect(order(seed: 1, epoch: 2) == order(seed: 1, epoch: 2))
        #expect(order(seed: 1, epoch: 2) != order(seed: 1, epoch: 3))
        #expect(order(seed: 1, epoch: 2) != order(seed: 2, epoch: 2))
    }

    @Test("all permutations of four are equally frequent")
    func permutationsAreUniform() {
        var generator = CounterBasedGenerator(seed: 7, purpose: .epochOrder)
        var counts: [[Int]: Int] = [:]
        for _ in 0..<24_000 { counts[generator.permutation(count: 4), default: 0] += 1 }
        #expect(counts.count == 24)
        // Five standard deviations of a count: sqrt(24000 x 1/24 x 23/24) = 31.
        #expect(counts.values.allSatisfy { abs($0 - 1000) < 155 })
    }
}
