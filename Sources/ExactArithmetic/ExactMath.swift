/// Elementary functions whose results have the same bits with any library and on any machine.
///
/// Each is a fixed sequence of IEEE double operations: a reduction of the argument, then a polynomial. The
/// error is a few units in the last place of a double, far below the precision of the float32 that the
/// results are rounded to.
package enum ExactMath {
    /// e^x. The result is 0 below -745.2 and infinity above 709.78. The reduction is x = k ln 2 + r with |r|
    /// <= ln 2 / 2.
    package static func exp(_ x: Double) -> Double {
        if x.isNaN { return x }
        if x > 709.782712893384 { return .infinity }
        if x < -745.2 { return 0 }
        let k = (x * 1.4426950408889634).rounded(.toNearestOrEven)
        let high = (-k).fusedMultiplyAdd(0.6931471803691238, x)
        let r = (-k).fusedMultiplyAdd(1.9082149292705877e-10, high)
        // The Taylor series to r^13: its remainder is below 2^-57 for |r| <= 0.347.
        var sum = 1.0 / 6_227_020_800.0
        for coefficient in Self.exponentialCoefficients { sum = sum.fusedMultiplyAdd(r, coefficient) }
        return Double(sign: .plus, exponent: Int(k / 2), significand: 1) * sum
            * Double(sign: .plus, exponent: Int(k) - Int(k / 2), significand: 1)
    }

    /// 1 / n! from n = 12 down, as a table, because thousands of classes need many exponentials.
    private static let exponentialCoefficients: [Double] = [
        479_001_600, 39_916_800, 3_628_800, 362_880, 40_320, 5_040, 720, 120, 24, 6, 2, 1, 1,
    ].map { 1.0 / $0 }

    /// The natural logarithm. Zero gives -infinity, a negative number NaN.
    ///
    /// With x = 2^k m and m in (sqrt(1/2), sqrt(2)]: ln m = 2 atanh(s), s = (m - 1) / (m + 1), as an odd
    /// series.
    package static func log(_ x: Double) -> Double {
        if x.isNaN || x < 0 { return .nan }
        if x == 0 { return -.infinity }
        if x.isInfinite { return x }
        var k = Double(x.exponent)
        var m = x.significand
        if m > 1.4142135623730951 {
            m *= 0.5
            k += 1
        }
        let s = (m - 1) / (m + 1)
        let z = s * s
        // s^2 <= 0.0295, so the terms after s^23 / 23 are below 2^-59 of the first.
        var sum = 1.0 / 23
        for divisor in stride(from: 21.0, through: 1.0, by: -2.0) {
            sum = sum.fusedMultiplyAdd(z, 1.0 / divisor)
        }
        return k.fusedMultiplyAdd(0.6931471803691238, k.fusedMultiplyAdd(1.9082149292705877e-10, 2 * s * sum))
    }

    /// The sine of `x` radians, exact to a few last places for |x| up to 10^5, which is far beyond any angle
    /// drawn here. NaN from 10^9 on.
    package static func sin(_ x: Double) -> Double {
        x == 0 ? x : circular(x, quarter: 0)  // The reduction would lose the sign of -0.
    }

    /// The cosine of `x` radians, with the bounds of `sin`.
    package static func cos(_ x: Double) -> Double { circular(x, quarter: 1) }

    /// sin(x + quarter pi / 2), reduced to |r| <= pi / 4 with pi / 2 in three parts (Cody and Waite). The
    /// third part matters near the multiples of pi / 2, where the first two cancel.
    private static func circular(_ x: Double, quarter: Int) -> Double {
        guard x.isFinite, abs(x) < 1e9 else { return .nan }
        let k = (x * 0.6366197723675814).rounded(.toNearestOrEven)
        let high = (-k).fusedMultiplyAdd(1.5707963267948966, x)
        let middle = (-k).fusedMultiplyAdd(6.123233995736766e-17, high)
        let r = (-k).fusedMultiplyAdd(-1.4973849048591833e-33, middle)
        let z = r * r
        let place = (Int(k) + quarter) & 3
        let value =
            place & 1 == 0 ? r * Self.series(z, Self.sineDivisors) : Self.series(z, Self.cosineDivisors)
        return place >= 2 ? -value : value
    }

    /// 1 - z / d1 + z^2 / (d1 d2) - …, nested from the last term.
    private static func series(_ z: Double, _ divisors: [Double]) -> Double {
        var sum = 1.0
        for divisor in divisors.reversed() { sum = (-z / divisor).fusedMultiplyAdd(sum, 1) }
        return sum
    }

    private static let sineDivisors: [Double] = [6, 20, 42, 72, 110, 156, 210, 272, 342]
    private static let cosineDivisors: [Double] = [2, 12, 30, 56, 90, 132, 182, 240, 306]
}

extension Double {
    /// self x factor + term, rounded once.
    fileprivate func fusedMultiplyAdd(_ factor: Double, _ term: Double) -> Double {
        term.addingProduct(self, factor)
    }
}
