/// Adam's step size, corrected for moments that start at zero, as Keras 3 computes it.
///
/// alpha = learningRate sqrt(1 - beta2^t) / (1 - beta1^t). The betas are the float32 values that Keras casts
/// them to. The powers are computed in double by squaring, so a restored run needs only t.
enum AdamStepSize {
    private static let beta1 = Double(Float(0.9))
    private static let beta2 = Double(Float(0.999))

    /// The step size of update number `update`, counted from 1.
    static func value(learningRate: Double, update: Int) -> Float {
        precondition(update >= 1)
        let correction = (1 - power(beta2, update)).squareRoot() / (1 - power(beta1, update))
        return Float(Double(Float(learningRate)) * correction)
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var square = base
        var remaining = exponent
        while remaining > 0 {
            if remaining & 1 == 1 { result *= square }
            square *= square
            remaining >>= 1
        }
        return result
    }
}
