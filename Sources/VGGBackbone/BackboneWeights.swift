import ContentAddressing

/// The backbone's weights as in Keras: a kernel and a bias for each convolution.
package struct BackboneWeights: Sendable {
    package let architecture: VGGArchitecture
    /// One kernel per layer, of shape (3, 3, input, output), row-major.
    package let kernels: [[Float]]
    /// One bias per layer, of shape (output).
    package let biases: [[Float]]

    /// - Precondition: the shapes match `architecture.layers`. The file readers check this first and name the
    ///   tensor at fault.
    package init(architecture: VGGArchitecture, kernels: [[Float]], biases: [[Float]]) {
        let layers = architecture.layers
        precondition(kernels.map(\.count) == layers.map(\.kernelCount))
        precondition(biases.map(\.count) == layers.map(\.outputChannels))
        self.architecture = architecture
        self.kernels = kernels
        self.biases = biases
    }

    /// The digest of the architecture's name and the tensors' bytes, in order, each kernel before its bias.
    /// The same weights have the same digest, whatever file they came from.
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
