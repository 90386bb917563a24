@testable import ClassifierHead

/// The head's arithmetic as the contract words it, one operation after the other, from dense features.
///
/// The tests hold the hot loops against it, bit for bit. It shares no code with them.
enum PlainHead {
    /// Slices of 512 inputs, each a chain from +0 over its inputs that are not zero; the slices added in
    /// order.
    static func preactivations(_ features: [[Float]], kernel: [Float], hiddenUnits: Int) -> [Float] {
        features.flatMap { sample in
            (0..<hiddenUnits).map { unit in
                var total: Float?
                for start in stride(from: 0, to: sample.count, by: 512) {
                    var slice: Float = 0
                    for input in start..<min(start + 512, sample.count) where sample[input] != 0 {
                        slice = slice.addingProduct(sample[input], kernel[input * hiddenUnits + unit])
                    }
                    total = total.map { $0 + slice } ?? slice
                }
                return total ?? 0
            }
        }
    }

    /// A chain from +0 over the samples in order, for each input and hidden unit.
    static func kernelGradient(_ features: [[Float]], delta: [Float], hiddenUnits: Int) -> [Float] {
        let inputs = features.first?.count ?? 0
        return (0..<inputs * hiddenUnits).map { place in
            var sum: Float = 0
            for (sample, row) in features.enumerated() where row[place / hiddenUnits] != 0 {
                sum = sum.addingProduct(
                    row[place / hiddenUnits], delta[sample * hiddenUnits + place % hiddenUnits])
            }
            return sum
        }
    }

    /// Keras' Adam for one weight with the sum of the chunks' gradients.
    static func adam(
        weight: inout Float, first: inout Float, second: inout Float, chunks: [Float], stepSize: Float
    ) {
        let gradient = chunks.reduce(0, +)
        first += (gradient - first) * 0.1
        second += (gradient * gradient - second) * 0.001
        weight -= first * stepSize / (second.squareRoot() + 1e-7)
    }

    /// Logits: a chain over the hidden units in order, then the bias.
    static func logits(_ activations: [Float], layers: OutputLayers) -> [Float] {
        let (hidden, classes) = (layers.hiddenBias.count, layers.bias.count)
        return (0..<activations.count / hidden * classes).map { place in
            var sum: Float = 0
            for unit in 0..<hidden {
                sum = sum.addingProduct(
                    activations[place / classes * hidden + unit],
                    layers.kernel[unit * classes + place % classes])
            }
            return sum + layers.bias[place % classes]
        }
    }
}
