import Foundation
import Testing

@testable import ClassifierHead

struct AdamStepSizeTests {
    @Test("the step size is Keras' alpha", arguments: [1, 2, 3, 10, 100, 1000, 10_000, 1_000_000])
    func stepSizeIsKeras(update: Int) {
        // As in keras/src/optimizers/adam.py, in double and with the system's power function.
        let (beta1, beta2) = (Double(Float(0.9)), Double(Float(0.999)))
        let alpha = 0.001 * (1 - pow(beta2, Double(update))).squareRoot() / (1 - pow(beta1, Double(update)))
        let value = Double(AdamStepSize.value(learningRate: 0.001, update: update))
        #expect(abs(value - alpha) <= 1.2e-7 * alpha)
    }

    @Test("the step size tends to the learning rate")
    func stepSizeTendsToTheLearningRate() {
        #expect(AdamStepSize.value(learningRate: 0.01, update: 1 << 40) == 0.01)
    }
}
