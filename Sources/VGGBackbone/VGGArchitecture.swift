/// One 3 x 3 convolution of the backbone: same padding, stride 1, bias, ReLU, and 2 x 2 max pooling at the
/// end of a block.
package struct ConvolutionLayer: Sendable, Equatable {
    /// Keras' name, such as "block3_conv2".
    package let name: String
    package let inputChannels: Int
    package let outputChannels: Int
    /// Height and width of the input, and of the output before pooling.
    package let size: Int
    package let poolsAfter: Bool

    /// Weights in the kernel of shape (3, 3, input, output).
    package var kernelCount: Int { 9 * inputChannels * outputChannels }
}

/// The networks of Simonyan and Zisserman (2014), without the dense layers at the top.
package enum VGGArchitecture: String, Sendable, CaseIterable {
    case vgg16
    case vgg19

    /// Height and width of a picture.
    package static let inputSize = 224
    /// Height and width of the features.
    package static let outputSize = 7
    /// The number of features of one picture: 7 x 7 x 512, channels last.
    package static let featureCount = 25_088

    package var layers: [ConvolutionLayer] {
        let depths = self == .vgg16 ? [2, 2, 3, 3, 3] : [2, 2, 4, 4, 4]
        let widths = [64, 128, 256, 512, 512]
        var layers: [ConvolutionLayer] = []
        var input = 3
        for block in 0..<5 {
            for convolution in 1...depths[block] {
                layers.append(
                    ConvolutionLayer(
                        name: "block\(block + 1)_conv\(convolution)", inputChannels: input,
                        outputChannels: widths[block], size: Self.inputSize >> block,
                        poolsAfter: convolution == depths[block]))
                input = widths[block]
            }
        }
        return layers
    }
}
