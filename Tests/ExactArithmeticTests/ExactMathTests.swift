import Foundation
import Testing

@testable import ExactArithmetic

struct ExactMathTests {
    @Test("exp is within 2 units in the last place of the system's over its whole range")
    func exponentialIsAccurate() {
        var worst = WorstError()
        var generator = CounterBasedGenerator(seed: 1, purpose: .augmentation)
        for _ in 0..<200_000 {
            for range in [-1.0...1.0, -30.0...30.0, -700.0...709.78] {
                let x = generator.nextUniform(in: range)
                worst.note(ExactMath.exp(x), Foundation.exp(x), at: x)
            }
        }
        #expect(worst.units <= 2, "\(worst)")
    }

    @Test("exp underflows gradually: within one unit of the smallest denormal")
    func exponentialUnderflowsGradually() {
        for step in 0..<40_000 {
            let x = -745.2 + Double(step) * 0.001
            let expected = Foundation.exp(x)
            #expect(abs(ExactMath.exp(x) - expected) <= max(2 * expected.ulp, Double.leastNonzeroMagnitude))
        }
    }

    @Test("exp has the limits, zeros and NaN that IEEE asks for")
    func exponentialAtTheEdges() {
        #expect(ExactMath.exp(0) == 1)
        #expect(ExactMath.exp(-0.0) == 1)
        #expect(ExactMath.exp(.infinity) == .infinity)
        #expect(ExactMath.exp(-.infinity) == 0)
        #expect(ExactMath.exp(.nan).isNaN)
        #expect(ExactMath.exp(709.7827128933841) == .infinity)
        #expect(ExactMath.exp(709.782712893384).isFinite)
        #expect(ExactMath.exp(-746) == 0)
        #expect(ExactMath.exp(.leastNonzeroMagnitude) == 1)
    }

    @Test("log is within 4 units in the last place of the system's over its whole range")
    func logarithmIsAccurate() {
        var worst = WorstError()
        var generator = CounterBasedGenerator(seed: 2, purpose: .augmentation)
        for _ in 0..<200_000 {
            for x in [
                generator.nextUniform(in: 0.5...2), generator.nextUniform(in: 1...1000),
                Double(bitPattern: generator.next() >> 1),
                1 + generator.nextUniform(in: -1...1) * 0x1p-20,
            ] where x.isFinite && x > 0 {
                worst.note(ExactMath.log(x), Foundation.log(x), at: x)
            }
        }
        #expect(worst.units <= 4, "\(worst)")
    }

    @Test("log has the limits, zeros and NaN that IEEE asks for")
    func logarithmAtTheEdges() {
        #expect(ExactMath.log(1) == 0)
        #expect(ExactMath.log(0) == -.infinity)
        #expect(ExactMath.log(-0.0) == -.infinity)
        #expect(ExactMath.log(-1).isNaN)
        #expect(ExactMath.log(-.infinity).isNaN)
        #expect(ExactMath.log(.nan).isNaN)
        #expect(ExactMath.log(.infinity) == .infinity)
        for x in [Double.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude] {
            #expect(abs(ExactMath.log(x) - Foundation.log(x)) <= 2 * Foundation.log(x).ulp)
        }
    }

    @Test("sin and cos are within 3 units in the last place of the system's up to 10^5")
    func circularFunctionsAreAccurate() {
        var worst = WorstError()
        var generator = CounterBasedGenerator(seed: 3, purpose: .augmentation)
        for _ in 0..<200_000 {
            for range in [-0.01...0.01, -4.0...4.0, -100.0...100.0, -1e5...1e5] {
                let x = generator.nextUniform(in: range)
                worst.note(ExactMath.sin(x), Foundation.sin(x), at: x)
                worst.note(ExactMath.cos(x), Foundation.cos(x), at: x)
            }
        }
        for quarter in -2000...2000 {
            for x in [
                Double(quarter) * .pi / 2, (Double(quarter) * .pi / 2).nextUp, Double(quarter) * .pi / 4,
            ] {
                worst.note(ExactMath.sin(x), Foundation.sin(x), at: x)
                worst.note(ExactMath.cos(x), Foundation.cos(x), at: x)
            }
        }
        #expect(worst.units <= 3, "\(worst)")
    }

    @Test("sin and cos have the zeros, signs and NaN that IEEE asks for")
    func circularFunctionsAtTheEdges() {
        #expect(ExactMath.sin(0).bitPattern == 0)
        #expect(ExactMath.sin(-0.0).bitPattern == (-0.0).bitPattern)
        #expect(ExactMath.cos(0) == 1)
        #expect(ExactMath.cos(-0.0) == 1)
        for x in [Double.leastNonzeroMagnitude, .leastNormalMagnitude, 1e-300, -1e-20] {
            #expect(ExactMath.sin(x) == x)
            #expect(ExactMath.cos(x) == 1)
        }
        for x in [Double.infinity, -.infinity, .nan, 1e9] {
            #expect(ExactMath.sin(x).isNaN)
            #expect(ExactMath.cos(x).isNaN)
        }
    }
}

/// The largest difference seen, in units in the last place of the expected value.
private struct WorstError: CustomStringConvertible {
    private(set) var units = 0.0
    private var place = 0.0
    private var found = 0.0
    private var expected = 0.0

    mutating func note(_ value: Double, _ expected: Double, at place: Double) {
        let units = value == expected ? 0 : abs(value - expected) / expected.ulp
        // Written so that NaN counts as the worst of all.
        guard !(units <= self.units) else { return }
        self.units = units
        self.place = place
        self.expected = expected
        found = value
    }

    var description: String { "\(units) units at \(place): \(found) instead of \(expected)" }
}
