import ContentAddressing

/// The backbone's weights as Keras keeps them: for each convolution a kernel and a bias.
package struct BackboneWeights: Sendable {
    package let architecture: VGGArchitecture
    /// For each layer (3, 3, input, output) in row-major order.
    package let kernels: [[Float]]
    /// For each layer (output).
    package let biases: [[Float]]

    /// - Precondition: shapes as `architecture.layers` says; files are checked by their readers, which name
    ///   the tensor.
    package init(architecture: VGGArchitecture, kernels: [[Float]], biases: [[Float]]) {
        let layers = architecture.layers
        precondition(kernels.map(\.count) == layers.map(\.kernelCount))
        precondition(biases.map(\.count) == layers.map(\.outputChannels))
        self.architecture = architecture
        self.kernels = kernels
        self.biases = biases
    }

    /// The digest of the tensors' bytes in order, kernel before bias, after the architecture's name: the same
    /// weights have the same digest whatever file they came from.
    package var digest: ContentDigest {
        var hasher = ContentHasher()
        hasher.update(field: architecture.rawValue)
        for (kernel, bias) in zip(kernels, biases) {
            hasher.update(floats: kernel)
            hasher.update(floats: bias)
        }
        return hasher.finalize()
    }
}
