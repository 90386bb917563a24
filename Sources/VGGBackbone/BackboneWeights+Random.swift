import ExactArithmetic

extension BackboneWeights {
    /// Weights that depend on the seed alone, for machines without the ImageNet weights.
    ///
    /// Kernels are uniform with He's deviation, biases uniform in ±0.05. The formula is SplitMix64 of (seed
    /// << 48) + (tensor << 40) + index, as in the reference data's README.
    package static func random(seed: UInt64, architecture: VGGArchitecture) -> BackboneWeights {
        var kernels: [[Float]] = []
        var biases: [[Float]] = []
        for (index, layer) in architecture.layers.enumerated() {
            let first = seed << 48 &+ UInt64(2 * index) << 40
            let scale = Float((6 / Double(9 * layer.inputChannels)).squareRoot())
            kernels.append(uniform(first: first, scale: scale, count: layer.kernelCount))
            biases.append(uniform(first: first &+ 1 << 40, scale: 0.05, count: layer.outputChannels))
        }
        return BackboneWeights(architecture: architecture, kernels: kernels, biases: biases)
    }

    /// The numbers `first`, `first` + 1, … of the sequence in [-1, 1), times `scale`.
    static func uniform(first: UInt64, scale: Float, count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { values, initialized in
            for k in 0..<count { values[k] = symmetricUnit(first &+ UInt64(k)) * scale }
            initialized = count
        }
    }

    /// SplitMix64's output for `index` as a multiple of 2^-23 in [-1, 1), exact in float32.
    private static func symmetricUnit(_ index: UInt64) -> Float {
        Float(splitMix64(index) >> 40) * 0x1p-23 - 1
    }
}
