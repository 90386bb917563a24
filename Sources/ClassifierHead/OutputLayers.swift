/// All weights of the head except the first kernel. They are small and sent with every chunk in the factor
/// form.
package struct OutputLayers: Sendable, Equatable {
    /// The first layer's bias: hidden units.
    package var hiddenBias: [Float]
    /// The second layer's kernel: hidden units x classes, row-major.
    package var kernel: [Float]
    /// The second layer's bias: classes.
    package var bias: [Float]

    package init(hiddenBias: [Float], kernel: [Float], bias: [Float]) {
        precondition(kernel.count == hiddenBias.count * bias.count)
        self.hiddenBias = hiddenBias
        self.kernel = kernel
        self.bias = bias
    }

    /// Takes the three arrays in the order of `flattened`; `nil` if the length doesn't fit the shape.
    package init?(flattened: [Float], shape: HeadShape) {
        let kernelEnd = shape.hiddenUnits + shape.outputKernelCount
        guard flattened.count == kernelEnd + shape.classCount else { return nil }
        hiddenBias = Array(flattened[..<shape.hiddenUnits])
        kernel = Array(flattened[shape.hiddenUnits..<kernelEnd])
        bias = Array(flattened[kernelEnd...])
    }

    /// First bias, second kernel, second bias.
    package var flattened: [Float] { hiddenBias + kernel + bias }
}
